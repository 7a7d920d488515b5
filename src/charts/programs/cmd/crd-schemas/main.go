// Crd-schemas makes JSON schemas for kubeconform from the CustomResourceDefinitions in files and folders.
//
//	crd-schemas OUTPUT FILE|FOLDER...
//
// Each version that an API server would serve becomes <group>/<kind in lower case>_<version>.json below OUTPUT. Exit code 0:
// all were made; 2: something could not be.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"slipway.invalid/charts/internal/manifests"
)

const (
	group = "apiextensions.k8s.io"
	kind  = "CustomResourceDefinition"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(arguments []string, problems io.Writer) int {
	if len(arguments) < 2 {
		fmt.Fprintln(problems, "usage: crd-schemas OUTPUT FILE|FOLDER...")
		return 2
	}
	if err := makeSchemas(arguments[0], arguments[1:]); err != nil {
		fmt.Fprintln(problems, err)
		return 2
	}
	return 0
}

// makeSchemas writes a schema per version; a source without a definition is a mistake, for it was named for its definitions.
func makeSchemas(output string, sources []string) error {
	made := map[string]manifests.Place{}
	var errs []error
	for _, source := range sources {
		objects, err := manifests.Read([]string{source})
		errs = append(errs, err)
		definitions := 0
		for _, object := range objects {
			if object.Kind != kind || object.Group() != group {
				continue
			}
			definitions++
			if err := writeVersions(output, object, made); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s %s: %w", object.Place, object.Kind, object.Name, err))
			}
		}
		if err == nil && definitions == 0 {
			errs = append(errs, fmt.Errorf("%s: has no %s", source, kind))
		}
	}
	return errors.Join(errs...)
}

func writeVersions(output string, object manifests.Object, made map[string]manifests.Place) error {
	if object.APIVersion != group+"/v1" {
		return fmt.Errorf("has the apiVersion %s, which no API server takes any more; only %s/v1 is read", object.APIVersion, group)
	}
	var definition apiextensions.CustomResourceDefinition
	if err := manifests.Decode(object.Body, &definition); err != nil {
		return err
	}
	spec := definition.Spec
	if spec.Group == "" || spec.Names.Kind == "" || len(spec.Versions) == 0 {
		return errors.New("needs spec.group, spec.names.kind and spec.versions")
	}
	for _, version := range spec.Versions {
		if !version.Served {
			continue
		}
		if version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
			return fmt.Errorf("version %s has no schema", version.Name)
		}
		file := filepath.Join(spec.Group, strings.ToLower(spec.Names.Kind)+"_"+version.Name+".json")
		if before, isMade := made[file]; isMade {
			return fmt.Errorf("%s %s of %s is defined before, in %s", spec.Names.Kind, version.Name, spec.Group, before)
		}
		made[file] = object.Place
		if err := writeSchema(filepath.Join(output, file), version.Schema.OpenAPIV3Schema); err != nil {
			return err
		}
	}
	return nil
}
