// Package addons holds what k3s starts in its cluster unless that is left out, and the objects that it consists of.
package addons

import (
	_ "embed"
	"slices"
	"strings"
)

// Names are the parts of k3s that can be left out by name; those that are not made here are always left out.
var Names = []string{"ccm", "coredns", "helm-controller", "local-storage", "metrics-server", "runtimes", "servicelb", "traefik"}

//go:embed coredns.yaml
var nameService string

//go:embed storage.yaml
var storageClass string

//go:embed metrics-server.yaml
var metricsServer string

// k3s has this one's chart installed by two jobs that run Helm, and gives it its own kinds of objects; plain objects are less
// work for the machine, so that a start beside this one is compared with less than it would save.
//
//go:embed traefik.yaml
var traefik string

// Place is what the manifest of the name service depends on.
type Place struct {
	Domain, DNS, Node, Address, Image string
}

// NameService gives the objects of the cluster's DNS.
func NameService(in Place) string {
	return strings.NewReplacer(
		"%DNS%", in.DNS, "%DOMAIN%", in.Domain, "%NODE%", in.Node, "%ADDRESS%", in.Address, "%IMAGE%", in.Image,
	).Replace(nameService)
}

// StorageClass gives the default storage class.
func StorageClass() string { return storageClass }

// Extra is an add-on that the rest of the cluster does without, and that runs from an image of its own.
type Extra struct {
	Name     string
	manifest string
}

// Extras gives those that were not left out.
func Extras(disabled []string) []Extra {
	all := []Extra{{"metrics-server", metricsServer}, {"traefik", traefik}}
	return slices.DeleteFunc(all, func(extra Extra) bool { return slices.Contains(disabled, extra.Name) })
}

// Manifest gives its objects, with pods of the image.
func (e Extra) Manifest(image string) string { return strings.ReplaceAll(e.manifest, "%IMAGE%", image) }
