package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dario.cat/mergo"
	"sigs.k8s.io/yaml"
)

// parameters are what one Application is rendered with, and where they are written.
type parameters struct {
	values object
	source path
}

// parameters gives what a generator makes. Only lists, and matrices of lists, are known without a cluster and a network.
func (r *renderer) parameters(generator any, where path) ([]parameters, error) {
	kinds, _ := generator.(object)
	names := slices.Sorted(maps.Keys(kinds))
	if len(names) != 1 {
		return nil, at(where, "has %s; only a generator list or matrix alone is expanded", named(names))
	}
	body, _ := kinds[names[0]].(object)
	inside := below(where, names[0])
	if _, overrides := body["template"]; overrides {
		return nil, at(below(inside, "template"), "a template inside a generator is not expanded; write it in spec.template")
	}
	switch names[0] {
	case "list":
		return r.list(body, inside)
	case "matrix":
		return r.matrix(body, inside)
	default:
		return nil, at(where, "the generator %s asks a cluster or a repository; only list and matrix are expanded offline", names[0])
	}
}

func named(names []string) string {
	if len(names) == 0 {
		return "no generator"
	}
	return strings.Join(names, ", ")
}

func (r *renderer) list(body object, where path) ([]parameters, error) {
	elements, _ := body["elements"].([]any)
	var all []parameters
	for index, element := range elements {
		source := below(below(where, "elements"), index)
		values, isMap := element.(object)
		if !isMap {
			return nil, at(source, "an element is a map of parameters, not %v", element)
		}
		all = append(all, parameters{values, source})
	}
	text, _ := body["elementsYaml"].(string)
	if text == "" {
		return all, nil
	}
	var more []object
	source := below(where, "elementsYaml")
	if err := yaml.Unmarshal([]byte(text), &more); err != nil {
		return nil, at(source, "no list of elements: %w", err)
	}
	for _, values := range more {
		all = append(all, parameters{values, source})
	}
	return all, nil
}

// matrix joins each set of parameters of its first generator with each of its second, which sees the first one's. Where both
// have a parameter, the first wins.
func (r *renderer) matrix(body object, where path) ([]parameters, error) {
	generators, _ := body["generators"].([]any)
	where = below(where, "generators")
	if len(generators) != 2 {
		return nil, at(where, "a matrix has exactly two generators, and here are %d", len(generators))
	}
	first, err := r.parameters(generators[0], below(where, 0))
	if err != nil {
		return nil, err
	}
	var all []parameters
	for _, a := range first {
		rendered, err := r.replaceAll(generators[1], below(where, 1), a.values)
		if err != nil {
			return nil, err
		}
		second, err := r.parameters(rendered, below(where, 1))
		if err != nil {
			return nil, err
		}
		for _, b := range second {
			joined := object{}
			for _, values := range []object{b.values, a.values} {
				if err := mergo.Merge(&joined, copied(values), mergo.WithOverride); err != nil {
					return nil, fmt.Errorf("parameters cannot be joined: %w", err)
				}
			}
			all = append(all, parameters{joined, a.source})
		}
	}
	return all, nil
}

// copied gives maps of their own: what is merged into them must not reach the next combination.
func copied(values object) object {
	result := object{}
	for key, value := range values {
		if inner, isMap := value.(object); isMap {
			value = copied(inner)
		}
		result[key] = value
	}
	return result
}
