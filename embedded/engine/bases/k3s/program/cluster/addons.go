package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

const nameServiceVersion = "1.14.6"

//go:embed coredns.yaml
var nameServiceManifest string

//go:embed storage.yaml
var storageManifest string

// namespaced tells where the kinds of the manifests live.
var namespaced = map[string]bool{
	"ServiceAccount": true, "ConfigMap": true, "Deployment": true, "Service": true,
	"ClusterRole": false, "ClusterRoleBinding": false, "StorageClass": false,
}

// createNameService creates the objects of the name service, unless it was left out.
func createNameService(ctx context.Context, access *rest.Config, n *node) error {
	if !n.options.has("coredns") {
		return nil
	}
	return createAll(ctx, access, strings.NewReplacer(
		"%DNS%", clusterDNS, "%DOMAIN%", clusterName, "%NODE%", n.options.nodeName, "%ADDRESS%", n.address.String(),
		"%IMAGE%", bundledFrom+"/coredns:"+nameServiceVersion,
	).Replace(nameServiceManifest))
}

// createStorageClass creates the default storage class, unless it was left out.
func createStorageClass(ctx context.Context, access *rest.Config, n *node) error {
	if !n.options.has("local-storage") {
		return nil
	}
	return createAll(ctx, access, storageManifest)
}

func createAll(ctx context.Context, access *rest.Config, manifest string) error {
	api, err := dynamic.NewForConfig(access)
	if err != nil {
		return err
	}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(manifest)), 4096)
	for {
		var object unstructured.Unstructured
		if err := documents.Decode(&object.Object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := create(ctx, api, &object); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
}

func create(ctx context.Context, api dynamic.Interface, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	inNamespace, known := namespaced[kind.Kind]
	if !known {
		return errors.New("its kind is not known here")
	}
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	resource := api.Resource(schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: plural.Resource})
	var target dynamic.ResourceInterface = resource
	if inNamespace {
		target = resource.Namespace(object.GetNamespace())
	}
	_, err := target.Create(ctx, object, metav1.CreateOptions{FieldManager: "k3s"})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
