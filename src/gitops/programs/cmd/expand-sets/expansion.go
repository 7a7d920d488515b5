package main

import (
	"fmt"
	"maps"
)

const (
	apiVersion = "argoproj.io/v1alpha1"
	// cascade makes Argo CD delete what an Application installed together with the Application.
	cascade = "resources-finalizer.argocd.argoproj.io"
)

type (
	object = map[string]any
	// path leads from the root of an ApplicationSet to a value: keys and list indexes.
	path = []any
)

// expansion is what a list of ApplicationSets makes.
type expansion struct {
	Applications []application `json:"applications"`
	Problems     []problem     `json:"problems"`
}

// application is one Application, the index of the set that made it, and the place of its parameters in that set.
type application struct {
	Set    int    `json:"set"`
	Source path   `json:"source"`
	Body   object `json:"application"`
}

// problem is what the controller would refuse: in the set as a whole, or for one place of its parameters.
type problem struct {
	Set    int  `json:"set"`
	Source path `json:"source"`
	// Path is the field of the set that is wrong.
	Path    path   `json:"path"`
	Message string `json:"message"`
}

// placed is an error at a field of an ApplicationSet.
type placed struct {
	path  path
	cause error
}

func (p placed) Error() string { return p.cause.Error() }

func at(where path, format string, arguments ...any) error {
	return placed{where, fmt.Errorf(format, arguments...)}
}

func (e *expansion) refuse(set int, source path, err error) {
	where := source
	if p, ok := err.(placed); ok {
		where = p.path
	}
	e.Problems = append(e.Problems, problem{set, source, where, err.Error()})
}

// add expands one ApplicationSet. What is wrong for some parameters leaves those of the others alone.
func (e *expansion) add(index int, set object) {
	spec, _ := set["spec"].(object)
	r, err := newRenderer(spec)
	if err != nil {
		e.refuse(index, path{}, err)
		return
	}
	template, _ := spec["template"].(object)
	generators, _ := spec["generators"].([]any)
	if len(generators) == 0 {
		e.refuse(index, path{}, at(path{"spec", "generators"}, "the ApplicationSet has no generator"))
		return
	}
	for number, generator := range generators {
		where := path{"spec", "generators", number}
		all, err := r.parameters(generator, where)
		if err != nil {
			e.refuse(index, where, err)
			continue
		}
		for _, each := range all {
			made, err := r.application(set, template, each.values)
			if err != nil {
				e.refuse(index, each.source, err)
				continue
			}
			e.Applications = append(e.Applications, application{index, each.source, made})
		}
	}
}

// application renders the template with parameters, as the controller does it: every string for itself, then the finalizer,
// then the patch, and last what no patch may change.
func (r *renderer) application(set, template object, values object) (object, error) {
	rendered, err := r.replaceAll(template, path{"spec", "template"}, values)
	if err != nil {
		return nil, err
	}
	from, _ := rendered.(object)
	metadata, _ := from["metadata"].(object)
	metadata = maps.Clone(metadata)
	if metadata == nil {
		metadata = object{}
	}
	spec, _ := from["spec"].(object)
	made := object{"apiVersion": apiVersion, "kind": "Application", "metadata": metadata, "spec": spec}
	if list, _ := metadata["finalizers"].([]any); len(list) == 0 && !r.keepsResources && len(values) > 0 {
		metadata["finalizers"] = []any{cascade}
	}
	if made, err = r.patched(made, values); err != nil {
		return nil, err
	}
	// An Application lives where its set does; else a set could reach into other namespaces.
	own, _ := set["metadata"].(object)
	if namespace, ok := own["namespace"]; ok {
		made["metadata"].(object)["namespace"] = namespace
	} else {
		delete(made["metadata"].(object), "namespace")
	}
	return made, nil
}
