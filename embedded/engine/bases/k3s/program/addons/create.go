package addons

import (
	"context"
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

// namespaced tells where the kinds of the manifests live.
var namespaced = map[string]bool{
	"ServiceAccount": true, "ConfigMap": true, "Deployment": true, "Service": true, "RoleBinding": true,
	"ClusterRole": false, "ClusterRoleBinding": false, "StorageClass": false, "IngressClass": false, "APIService": false,
}

// Create creates the objects of a manifest in their order; one that is there stays as it is.
func Create(ctx context.Context, access *rest.Config, manifest string) error {
	api, err := dynamic.NewForConfig(access)
	if err != nil {
		return err
	}
	objects, err := parse(manifest)
	if err != nil {
		return err
	}
	for _, object := range objects {
		_, err := target(api, object).Create(ctx, object, metav1.CreateOptions{FieldManager: "k3s"})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// parse reads the objects of a manifest and refuses kinds that are not known here.
func parse(manifest string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for documents := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096); ; {
		object := &unstructured.Unstructured{}
		if err := documents.Decode(&object.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if _, known := namespaced[object.GetKind()]; !known {
			return nil, fmt.Errorf("%s %s: its kind is not known here", object.GetKind(), object.GetName())
		}
		objects = append(objects, object)
	}
}

func target(api dynamic.Interface, object *unstructured.Unstructured) dynamic.ResourceInterface {
	kind := object.GroupVersionKind()
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	resource := api.Resource(schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: plural.Resource})
	if namespaced[kind.Kind] {
		return resource.Namespace(object.GetNamespace())
	}
	return resource
}
