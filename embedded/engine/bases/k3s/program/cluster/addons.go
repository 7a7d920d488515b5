package cluster

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"slipway.invalid/k3s/addons"
)

const nameServiceVersion = "1.14.6"

// createNameService creates the objects of the name service, unless it was left out.
func createNameService(ctx context.Context, access *rest.Config, n *node) error {
	if !n.options.has("coredns") {
		return nil
	}
	return addons.Create(ctx, access, addons.NameService(addons.Place{
		Domain: clusterName, DNS: clusterDNS, Node: n.options.nodeName, Address: n.address.String(),
		Image: bundledFrom + "/coredns:" + nameServiceVersion,
	}))
}

// createStorageClass creates the default storage class, unless it was left out.
func createStorageClass(ctx context.Context, access *rest.Config, n *node) error {
	if !n.options.has("local-storage") {
		return nil
	}
	return addons.Create(ctx, access, addons.StorageClass())
}

// startExtras starts the add-ons that the cluster does without, and waits for none. Their images are imported when k3s would
// pull them, which is when pods have a node, and their pods come after that: nobody could pull what is not there yet. k3s makes
// the objects earlier, while the node starts.
func startExtras(ctx context.Context, access *rest.Config, n *node) {
	for _, extra := range addons.Extras(n.options.disabled) {
		go func() {
			begin := time.Now()
			image, err := importExtra(ctx, n.options, extra.Name)
			if err == nil {
				err = addons.Create(ctx, access, extra.Manifest(image))
			}
			if err != nil {
				klog.ErrorS(err, "Unable to start an add-on", "name", extra.Name)
				return
			}
			klog.InfoS("Started an add-on", "name", extra.Name, "image", image, "took", time.Since(begin))
		}()
	}
}
