package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// draft is the form of JSON Schema that OpenAPI's is made from.
const draft = "http://json-schema.org/draft-04/schema#"

type (
	object = map[string]any
	props  = apiextensions.JSONSchemaProps
)

// writeSchema writes what an API server checks before it stores a resource: unknown fields are refused, and what the server
// adds to the schema of every resource is added.
func writeSchema(file string, root *props) error {
	schema, err := strict(root)
	if err != nil {
		return err
	}
	schema["$schema"] = draft
	fields, _ := schema["properties"].(object)
	if fields == nil {
		fields = object{}
		schema["properties"] = fields
	}
	for name, field := range objectFields() {
		fields[name] = field
	}
	schema["required"] = union(root.Required, "apiVersion", "kind", "metadata")
	text, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// strict translates one place of a structural schema and all below it. Only such a place closes its fields: what stands in
// allOf, anyOf, oneOf and not restricts values that are described elsewhere.
func strict(from *props) (object, error) {
	schema, err := plain(from)
	if err != nil {
		return nil, err
	}
	fields := object{}
	for name := range from.Properties {
		field := from.Properties[name]
		if fields[name], err = strict(&field); err != nil {
			return nil, err
		}
	}
	keepsUnknown := from.XPreserveUnknownFields != nil && *from.XPreserveUnknownFields
	if from.XEmbeddedResource {
		for name, field := range objectFields() {
			fields[name] = field
		}
	}
	if len(fields) > 0 {
		schema["properties"] = fields
	}
	switch others := from.AdditionalProperties; {
	case others != nil && others.Schema != nil:
		schema["additionalProperties"], err = strict(others.Schema)
	case others != nil && others.Allows, keepsUnknown, from.Type != "object":
		delete(schema, "additionalProperties")
	default:
		schema["additionalProperties"] = false
	}
	if err == nil && from.Items != nil && from.Items.Schema != nil {
		schema["items"], err = strict(from.Items.Schema)
	}
	allowValues(schema, from)
	return schema, err
}

// allowValues says in plain JSON Schema which kinds of values OpenAPI and Kubernetes allow.
func allowValues(schema object, from *props) {
	if from.XIntOrString {
		delete(schema, "type")
		schema["anyOf"] = []object{{"type": "integer"}, {"type": "string"}}
		if from.Nullable {
			schema["anyOf"] = []object{{"type": "integer"}, {"type": "string"}, {"type": "null"}}
		}
		return
	}
	if !from.Nullable || from.Type == "" {
		return
	}
	schema["type"] = []string{from.Type, "null"}
	if values, isEnum := schema["enum"].([]any); isEnum && !slices.Contains(values, nil) {
		schema["enum"] = append(values, nil)
	}
}

// plain gives the keywords of one place without those that only describe or that no JSON Schema knows.
func plain(from *props) (object, error) {
	kept := *from
	kept.Description, kept.Title, kept.Default, kept.Example, kept.ExternalDocs = "", "", nil, nil, nil
	kept.Nullable, kept.XValidations, kept.XPreserveUnknownFields = false, nil, nil
	kept.XEmbeddedResource, kept.XIntOrString = false, false
	kept.XListMapKeys, kept.XListType, kept.XMapType = nil, nil, nil
	kept.Properties, kept.AdditionalProperties, kept.Items = nil, nil, nil
	text, err := json.Marshal(&kept)
	if err != nil {
		return nil, err
	}
	schema := object{}
	return schema, json.Unmarshal(text, &schema)
}

// objectFields describes what every object has. A schema of a resource says of its metadata only that it is an object.
func objectFields() object {
	text := object{"type": "string"}
	texts := object{"type": []string{"object", "null"}, "additionalProperties": text}
	owner := object{
		"type":                 "object",
		"additionalProperties": false,
		"required":             []string{"apiVersion", "kind", "name", "uid"},
		"properties": object{
			"apiVersion": text, "kind": text, "name": text, "uid": text,
			"blockOwnerDeletion": object{"type": "boolean"}, "controller": object{"type": "boolean"},
		},
	}
	return object{
		"apiVersion": text,
		"kind":       text,
		"metadata": object{
			"type":                 "object",
			"additionalProperties": false,
			"properties": object{
				"name": text, "generateName": text, "namespace": text, "labels": texts, "annotations": texts,
				"finalizers":      object{"type": []string{"array", "null"}, "items": text},
				"ownerReferences": object{"type": []string{"array", "null"}, "items": owner},
				// What a server sets; a render should not, but may.
				"creationTimestamp": object{"type": []string{"string", "null"}}, "deletionTimestamp": text,
				"deletionGracePeriodSeconds": object{"type": "integer"}, "generation": object{"type": "integer"},
				"managedFields": object{"type": "array"}, "resourceVersion": text, "selfLink": text, "uid": text,
			},
		},
	}
}

func union(names []string, others ...string) []string {
	all := append(slices.Clone(names), others...)
	slices.Sort(all)
	return slices.Compact(all)
}
