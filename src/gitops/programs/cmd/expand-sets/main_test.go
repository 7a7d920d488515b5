package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// expandSet expands one ApplicationSet, written as its spec.
func expandSet(t *testing.T, spec string) expansion {
	t.Helper()
	var set object
	text := "metadata: {name: shop, namespace: argocd}\nspec:\n  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n"
	if err := yaml.Unmarshal([]byte(text+spec), &set); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	input, output := filepath.Join(folder, "sets.json"), filepath.Join(folder, "out")
	if err := writeJSON(input, []object{set}); err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	if code := run([]string{input, output}, &problems); code != 0 {
		t.Fatal(problems.String())
	}
	read, err := os.ReadFile(filepath.Join(output, "expansion.json"))
	if err != nil {
		t.Fatal(err)
	}
	var result expansion
	if err := json.Unmarshal(read, &result); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(output, "applications", "*.json"))
	if len(files) != len(result.Applications) {
		t.Fatalf("%d files of %d Applications", len(files), len(result.Applications))
	}
	return result
}

func only(t *testing.T, result expansion) object {
	t.Helper()
	if len(result.Problems) > 0 || len(result.Applications) != 1 {
		t.Fatalf("%+v", result)
	}
	return result.Applications[0].Body
}

func same(t *testing.T, got any, want string) {
	t.Helper()
	var wanted any
	if err := yaml.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, wanted) {
		text, _ := yaml.Marshal(got)
		t.Fatalf("got:\n%s", text)
	}
}

const list = "  generators: [{list: {elements: [{env: dev, auto: true, size: 3, files: [a, b]}, {env: prod, auto: false, size: 5, files: []}]}}]\n"

func TestMakesAnApplicationForEachElement(t *testing.T) {
	result := expandSet(t, list+`
  template:
    metadata: {name: 'shop-{{ .env }}', labels: {'{{ .env }}': '{{ .size | int }}'}}
    spec:
      project: shop
      source: {helm: {releaseName: '{{ upper .env }}', valueFiles: ['values-{{ .env }}.yaml']}}
  templatePatch: |
    {{- if .auto }}
    spec:
      source: {helm: {valueFiles: {{ toJson .files }}}}
      syncPolicy: {automated: {prune: true, selfHeal: true}}
    {{- end }}
`)
	if len(result.Applications) != 2 || len(result.Problems) != 0 {
		t.Fatalf("%+v", result)
	}
	dev, prod := result.Applications[0], result.Applications[1]
	same(t, dev.Body, `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop-dev, namespace: argocd, labels: {dev: "3"}, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: shop
  source: {helm: {releaseName: DEV, valueFiles: [a, b]}}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
`)
	same(t, prod.Body, `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop-prod, namespace: argocd, labels: {prod: "5"}, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: shop
  source: {helm: {releaseName: PROD, valueFiles: [values-prod.yaml]}}
`)
	same(t, prod.Source, "[spec, generators, 0, list, elements, 1]")
}

func TestAPatchIsAMerge(t *testing.T) {
	for name, row := range map[string]struct{ patch, want string }{
		"lists are replaced, maps are merged": {
			"spec: {list: [c], map: {b: 2}}",
			"{project: shop, list: [c], map: {a: 1, b: 2}, gone: x}",
		},
		"null removes":                          {"spec: {gone: null}", "{project: shop, list: [a, b], map: {a: 1}}"},
		"a directive replaces":                  {"spec: {map: {$patch: replace, c: 3}}", "{project: shop, list: [a, b], map: {c: 3}, gone: x}"},
		"the project cannot be changed":         {"spec: {project: other}", "{project: shop, list: [a, b], map: {a: 1}, gone: x}"},
		"an empty key wipes all else":           {"spec:", "{project: shop}"},
		"nothing but a comment changes nothing": {"# nothing", "{project: shop, list: [a, b], map: {a: 1}, gone: x}"},
	} {
		t.Run(name, func(t *testing.T) {
			made := only(t, expandSet(t, "  generators: [{list: {elements: [{a: b}]}}]\n"+
				"  template: {metadata: {name: x}, spec: {project: shop, list: [a, b], map: {a: 1}, gone: x}}\n"+
				"  templatePatch: '"+row.patch+"'\n"))
			same(t, made["spec"], row.want)
		})
	}
}

func TestFinalizersAreJoined(t *testing.T) {
	made := only(t, expandSet(t, `
  generators: [{list: {elements: [{a: b}]}}]
  syncPolicy: {preserveResourcesOnDeletion: true}
  template: {metadata: {name: x, finalizers: [one]}, spec: {}}
  templatePatch: 'metadata: {finalizers: [two], namespace: kube-system}'
`))
	metadata := made["metadata"].(object)
	if list := metadata["finalizers"].([]any); len(list) != 2 {
		t.Fatal(list)
	}
	if metadata["namespace"] != "argocd" {
		t.Fatal(metadata)
	}
	made = only(t, expandSet(t, `
  generators: [{list: {elements: [{a: b}]}}]
  syncPolicy: {preserveResourcesOnDeletion: true}
  template: {metadata: {name: x}, spec: {}}
`))
	if _, has := made["metadata"].(object)["finalizers"]; has {
		t.Fatal(made)
	}
}

func TestAMatrixJoinsTwoLists(t *testing.T) {
	result := expandSet(t, `
  generators:
    - matrix:
        generators:
          - list: {elements: [{env: dev, at: {a: 1}}, {env: prod, at: {a: 2}}]}
          - list: {elements: [{chart: api, env: other, at: {b: '{{ .env }}'}}, {chart: web}]}
  template: {metadata: {name: '{{ .chart }}-{{ .env }}'}, spec: {at: '{{ toJson .at }}'}}
`)
	var names []string
	for _, made := range result.Applications {
		names = append(names, made.Body["metadata"].(object)["name"].(string)+" "+made.Body["spec"].(object)["at"].(string))
	}
	want := []string{`api-dev {"a":1,"b":"dev"}`, `web-dev {"a":1}`, `api-prod {"a":2,"b":"prod"}`, `web-prod {"a":2}`}
	if !reflect.DeepEqual(names, want) {
		t.Fatal(names, result.Problems)
	}
}

func TestKnowsTheFunctionsOfArgo(t *testing.T) {
	for template, want := range map[string]string{
		`{{ normalize "A_b/C." }}`:                     "a-b-c",
		`{{ slugify 10 true "feature/a-long-name" }}`:  "feature-a",
		`{{ slugify 10 false "feature/a-long-name" }}`: "feature-a-",
		`{{ (fromYaml "a: [1]").a | toJson }}`:         "[1]",
		`{{ fromYamlArray "[1, 2]" | toJson }}`:        "[1,2]",
		`{{ toYaml (dict "a" 1) }}`:                    "a: 1",
		`{{ dig "no" "such" "default" . }}`:            "default",
		`{{ range .files }}{{ . | quote }},{{ end }}`:  `"a","b",`,
	} {
		made := only(t, expandSet(t, "  generators: [{list: {elements: [{no: {}, files: [a, b]}]}}]\n  template: {metadata: {name: x}, spec: {x: '"+template+"'}}\n"))
		if got := made["spec"].(object)["x"]; strings.TrimSuffix(got.(string), "-") != strings.TrimSuffix(want, "-") {
			t.Errorf("%s: %v", template, got)
		}
	}
}

func TestNamesWhatIsWrong(t *testing.T) {
	template := "  template: {metadata: {name: x}, spec: {a: b}}\n"
	one := "  generators: [{list: {elements: [{env: dev}]}}]\n"
	for name, row := range map[string]struct{ spec, path, message string }{
		"a missing parameter": {
			one + "  template: {metadata: {name: '{{ .nme }}'}, spec: {}}\n",
			`[spec, template, metadata, name]`, `map has no entry for key "nme"`,
		},
		"a missing parameter in a key": {
			one + "  template: {metadata: {name: x, labels: {'{{ .no }}': a}}, spec: {}}\n",
			`[spec, template, metadata, labels, '{{ .no }}']`, `map has no entry for key "no"`,
		},
		"a template that is none": {
			one + "  template: {metadata: {name: x}, spec: {files: [a, '{{ .env']}}\n",
			`[spec, template, spec, files, 1]`, "line 1 of the template: unclosed action",
		},
		"a function of the machine": {
			one + "  template: {metadata: {name: '{{ env \"HOME\" }}'}, spec: {}}\n",
			`[spec, template, metadata, name]`, `function "env" not defined`,
		},
		"a patch with a missing parameter": {
			one + template + "  templatePatch: |\n    spec:\n      {{ .no }}: 1\n",
			`[spec, templatePatch]`, `line 2 of the template: at <.no>: map has no entry for key "no"`,
		},
		"a patch that is no YAML":      {one + template + "  templatePatch: 'a: [{{ .env }}'\n", `[spec, templatePatch]`, "no YAML once it is rendered"},
		"a patch that is no map":       {one + template + "  templatePatch: '[a]'\n", `[spec, templatePatch]`, "cannot be applied"},
		"a patch with a key twice":     {one + template + "  templatePatch: '{a: 1, a: 2}'\n", `[spec, templatePatch]`, `key "a" already set`},
		"a patch that makes a text":    {one + template + "  templatePatch: 'spec: text'\n", `[spec, templatePatch]`, "which must be a map"},
		"no generator":                 {template, `[spec, generators]`, "has no generator"},
		"a generator that asks others": {"  generators: [{git: {}}]\n" + template, `[spec, generators, 0]`, "the generator git asks a cluster or a repository"},
		"a selector":                   {"  generators: [{list: {}, selector: {}}]\n" + template, `[spec, generators, 0]`, "has list, selector"},
		"a template in a generator":    {"  generators: [{list: {template: {}}}]\n" + template, `[spec, generators, 0, list, template]`, "is not expanded"},
		"an element that is a text":    {"  generators: [{list: {elements: [dev]}}]\n" + template, `[spec, generators, 0, list, elements, 0]`, "a map of parameters, not dev"},
		"elements that are no YAML":    {"  generators: [{list: {elementsYaml: 'a: b'}}]\n" + template, `[spec, generators, 0, list, elementsYaml]`, "no list of elements"},
		"a matrix of one":              {"  generators: [{matrix: {generators: [{list: {}}]}}]\n" + template, `[spec, generators, 0, matrix, generators]`, "exactly two generators, and here are 1"},
		"an unknown option":            {"  goTemplateOptions: [missingkey=maybe]\n" + one + template, `[spec, goTemplateOptions, 0]`, "unrecognized option"},
		"no Go template":               {"  goTemplate: false\n" + one + template, `[spec, goTemplate]`, "only Go templates are expanded"},
	} {
		t.Run(name, func(t *testing.T) {
			result := expandSet(t, row.spec)
			if len(result.Problems) != 1 || len(result.Applications) != 0 {
				t.Fatalf("%+v", result)
			}
			same(t, result.Problems[0].Path, row.path)
			if !strings.Contains(result.Problems[0].Message, row.message) {
				t.Fatal(result.Problems[0].Message)
			}
		})
	}
}

func TestOneBadElementLeavesTheOthersAlone(t *testing.T) {
	result := expandSet(t, "  generators: [{list: {elements: [{env: dev}, {}, {env: prod}]}}]\n  template: {metadata: {name: '{{ .env }}'}, spec: {}}\n")
	if len(result.Applications) != 2 || len(result.Problems) != 1 {
		t.Fatalf("%+v", result)
	}
	same(t, result.Problems[0].Source, "[spec, generators, 0, list, elements, 1]")
}

func TestRefusesWhatItCannotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sets.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, arguments := range map[string][]string{
		"usage: expand-sets":        {"a"},
		"no such file":              {file + "x", "out"},
		"no list of ApplicationSet": {file, "out"},
	} {
		var problems strings.Builder
		if code := run(arguments, &problems); code != 2 || !strings.Contains(problems.String(), want) {
			t.Fatal(code, problems.String())
		}
	}
}
