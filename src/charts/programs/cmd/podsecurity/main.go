// Podsecurity evaluates every pod of manifests against the level "restricted" of the Pod Security Standards, with the
// library that an API server does it with.
//
//	podsecurity FILE|FOLDER...
//
// It prints the violations as a JSON array. Exit code 0: all was evaluated; 2: something could not be.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"slipway.invalid/charts/internal/manifests"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(paths []string, output, problems io.Writer) int {
	if len(paths) == 0 {
		fmt.Fprintln(problems, "usage: podsecurity FILE|FOLDER...")
		return 2
	}
	violations, err := evaluate(paths)
	if err == nil {
		encoder := json.NewEncoder(output)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(violations)
	}
	if err != nil {
		fmt.Fprintln(problems, err)
		return 2
	}
	return 0
}

func evaluate(paths []string) ([]Violation, error) {
	objects, err := manifests.Read(paths)
	all := []Violation{}
	errs := []error{err}
	for _, object := range objects {
		violations, err := violationsOf(object)
		all = append(all, violations...)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s %s: %w", object.Place, object.Kind, object.Name, err))
		}
	}
	return all, errors.Join(errs...)
}
