package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  names: {kind: Shop, plural: shops}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          description: a shop
          type: object
          required: [spec]
          properties:
            metadata: {type: object}
            spec:
              type: object
              x-kubernetes-validations: [{rule: "self.a == self.b"}]
              properties:
                description: {type: string, description: of the shop}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                state: {type: string, nullable: true, enum: [open, shut]}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: string}}}
                labels: {type: object, additionalProperties: {type: object, properties: {a: {type: integer, default: 1}}}}
                items: {type: array, x-kubernetes-list-type: atomic, items: {type: object, properties: {a: {type: string}}}}
                empty: {type: object}
                either: {type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}
    - name: v1beta1
      served: false
      storage: false
      schema: {openAPIV3Schema: {type: object}}
`

func convert(t *testing.T, files map[string]string) (string, int, string) {
	t.Helper()
	folder := t.TempDir()
	source := filepath.Join(folder, "crds")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var problems strings.Builder
	output := filepath.Join(folder, "out")
	return output, run([]string{output, source}, &problems), problems.String()
}

func TestWritesAStrictSchemaForEachServedVersion(t *testing.T) {
	output, code, problems := convert(t, map[string]string{"a.yaml": definition, "b.yaml": "apiVersion: v1\nkind: ConfigMap\n"})
	if code != 0 {
		t.Fatal(problems)
	}
	files, _ := filepath.Glob(output + "/*/*")
	if len(files) != 1 || files[0] != output+"/example.com/shop_v1.json" {
		t.Fatal(files)
	}
	text, _ := os.ReadFile(files[0])
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	properties := schema["properties"].(map[string]any)
	var want any
	wanted := `{"type": "object", "additionalProperties": false, "properties": {
		"description": {"type": "string"},
		"port": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
		"state": {"type": ["string", "null"], "enum": ["open", "shut", null]},
		"free": {"type": "object", "properties": {"a": {"type": "string"}}},
		"labels": {"type": "object", "additionalProperties":
			{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "integer"}}}},
		"items": {"type": "array", "items":
			{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}},
		"empty": {"type": "object", "additionalProperties": false},
		"either": {"type": "object", "additionalProperties": false, "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
			"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
	}}`
	if err := json.Unmarshal([]byte(wanted), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(properties["spec"], want) {
		got, _ := json.MarshalIndent(properties["spec"], "", " ")
		t.Fatalf("%s", got)
	}
	if schema["additionalProperties"] != false || !reflect.DeepEqual(schema["required"], []any{"apiVersion", "kind", "metadata", "spec"}) {
		t.Fatal(schema["additionalProperties"], schema["required"])
	}
	if metadata := properties["metadata"].(map[string]any); metadata["additionalProperties"] != false {
		t.Fatal(metadata)
	}
}

func TestRefusesBadDefinitions(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"none":         {"apiVersion: v1\nkind: ConfigMap\n", "crds: has no CustomResourceDefinition"},
		"broken YAML":  {"a: [\n", "a.yaml, document 0 (line 1): "},
		"twice":        {definition + "---\n" + definition, "Shop v1 of example.com is defined before, in"},
		"no schema":    {definition[:strings.Index(definition, "      schema:")], "version v1 has no schema"},
		"no group":     {strings.Replace(definition, "group: example.com", "group: \"\"", 1), "needs spec.group"},
		"old version":  {strings.Replace(definition, "io/v1\n", "io/v1beta1\n", 1), "which no API server takes any more"},
		"a wrong type": {strings.Replace(definition, "served: true", "served: please", 1), "cannot unmarshal string"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, code, problems := convert(t, map[string]string{"a.yaml": row.text}); code != 2 || !strings.Contains(problems, row.want) {
				t.Fatal(code, problems)
			}
		})
	}
	var problems strings.Builder
	if code := run([]string{"out"}, &problems); code != 2 || !strings.HasPrefix(problems.String(), "usage:") {
		t.Fatal(code, problems.String())
	}
}
