// Package cluster runs the parts of a one-node cluster: store, control plane, node, network, storage and add-ons.
package cluster

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"slipway.invalid/k3s/addons"
)

// DefaultKubeconfig is where k3s writes the administrator's access.
const DefaultKubeconfig = "/etc/rancher/k3s/k3s.yaml"

const (
	serviceRange = "10.43.0.0/16"
	serviceFirst = "10.43.0.1"
	clusterDNS   = "10.43.0.10"
	clusterRange = "10.42.0.0/16"
	nodeRange    = "10.42.0.0/24"
	clusterName  = "cluster.local"
)

// options are the arguments of `k3s server` that are understood here.
type options struct {
	dataDir           string
	nodeName          string
	httpsPort         int
	sans              []string
	kubeconfig        string
	kubeconfigMode    os.FileMode
	disabled          []string
	noNetworkPolicy   bool
	snapshotter       string
	kubelet           []string
	apiServer         []string
	controllerManager []string
	scheduler         []string
	proxy             []string
}

// parseOptions reads the arguments as k3s does: one that is not known is refused, not ignored.
func parseOptions(arguments []string) (options, error) {
	var read options
	var mode, backend, egress string
	flags := pflag.NewFlagSet("server", pflag.ContinueOnError)
	flags.Usage = func() {}
	flags.StringVarP(&read.dataDir, "data-dir", "d", "/var/lib/rancher/k3s", "folder of all state")
	flags.StringVar(&read.nodeName, "node-name", "", "name of the node")
	flags.IntVar(&read.httpsPort, "https-listen-port", 6443, "port of the API")
	flags.StringSliceVar(&read.sans, "tls-san", nil, "further name or address of the API")
	flags.StringVarP(&read.kubeconfig, "write-kubeconfig", "o", DefaultKubeconfig, "file for the administrator's access")
	flags.StringVar(&mode, "write-kubeconfig-mode", "0600", "mode of that file")
	flags.StringSliceVar(&read.disabled, "disable", nil, "parts to leave out")
	flags.BoolVar(&read.noNetworkPolicy, "disable-network-policy", false, "do not enforce network policies")
	flags.StringVar(&read.snapshotter, "snapshotter", "overlayfs", "overlayfs or native")
	// Words of Kubernetes' own programs may hold commas, so these are taken as they are.
	flags.StringArrayVar(&read.kubelet, "kubelet-arg", nil, "argument of the kubelet")
	flags.StringArrayVar(&read.apiServer, "kube-apiserver-arg", nil, "argument of the API server")
	flags.StringArrayVar(&read.controllerManager, "kube-controller-manager-arg", nil, "argument of the controller manager")
	flags.StringArrayVar(&read.scheduler, "kube-scheduler-arg", nil, "argument of the scheduler")
	flags.StringArrayVar(&read.proxy, "kube-proxy-arg", nil, "argument of kube-proxy")
	// What these switch off is not here, and what they choose among is the same here.
	flags.StringVar(&backend, "flannel-backend", "host-gw", "host-gw: one node needs no tunnel")
	flags.StringVar(&egress, "egress-selector-mode", "disabled", "disabled: the API server reaches the node directly")
	for _, name := range []string{"disable-cloud-controller", "disable-helm-controller", "prefer-bundled-bin"} {
		flags.Bool(name, false, "without effect here")
	}
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("%q is no argument of server", flags.Arg(0))
	}
	parsedMode, err := strconv.ParseUint(mode, 8, 32)
	if err != nil {
		return options{}, fmt.Errorf("--write-kubeconfig-mode: %q is no mode", mode)
	}
	read.kubeconfigMode = os.FileMode(parsedMode)
	return read, read.check(backend, egress)
}

func (o *options) check(backend, egress string) error {
	for _, choice := range []struct {
		flag, given string
		known       []string
	}{
		{"--snapshotter", o.snapshotter, []string{"overlayfs", "native"}},
		{"--flannel-backend", backend, []string{"host-gw"}},
		{"--egress-selector-mode", egress, []string{"disabled"}},
	} {
		if !slices.Contains(choice.known, choice.given) {
			return fmt.Errorf("%s: %q is not known here; known: %s", choice.flag, choice.given, strings.Join(choice.known, ", "))
		}
	}
	for _, name := range o.disabled {
		if !slices.Contains(addons.Names, name) {
			return fmt.Errorf("--disable: there is no part %q; known: %s", name, strings.Join(addons.Names, ", "))
		}
	}
	if o.nodeName == "" {
		name, err := os.Hostname()
		if err != nil {
			return err
		}
		o.nodeName = strings.ToLower(name)
	}
	return nil
}

func (o options) path(names ...string) string {
	return filepath.Join(append([]string{o.dataDir}, names...)...)
}

func (o options) has(addOn string) bool { return !slices.Contains(o.disabled, addOn) }

// splitSANs tells addresses from names.
func splitSANs(sans []string) (addresses []netip.Addr, names []string) {
	for _, san := range sans {
		if address, err := netip.ParseAddr(san); err == nil {
			addresses = append(addresses, address)
		} else {
			names = append(names, san)
		}
	}
	return addresses, names
}

// words gives a program's arguments: ours, and after them, so that they win, those of the caller.
func words(own map[string]string, given []string) []string {
	names := make([]string, 0, len(own))
	for name := range own {
		names = append(names, name)
	}
	slices.Sort(names)
	all := make([]string, 0, len(own)+len(given))
	for _, name := range names {
		all = append(all, "--"+name+"="+own[name])
	}
	for _, word := range given {
		all = append(all, "--"+strings.TrimPrefix(word, "--"))
	}
	return all
}
