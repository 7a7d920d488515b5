package manifests

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestCutsAFileAtItsSeparators(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want []document
	}{
		"one":                    {"a: 1\n", []document{{"a: 1\n\n", 1}}},
		"a comment counts":       {"# a\n---\nb: 1\n", []document{{"# a\n", 1}, {"b: 1\n\n", 3}}},
		"nothing does not":       {"\n---\n\n--- # note\nb: 1", []document{{" # note\nb: 1\n", 4}}},
		"text behind the mark":   {"--- {a: 1}\n---\nb: 1", []document{{" {a: 1}\n", 1}, {"b: 1\n", 3}}},
		"an end":                 {"a: 1\n...\nb: 1", []document{{"a: 1\n", 1}, {"b: 1\n", 3}}},
		"marks that are none":    {"a: |\n  ---\n----\n---b\n", []document{{"a: |\n  ---\n----\n---b\n\n", 1}}},
		"line ends of two signs": {"a: 1\r\n---\r\nb: 1\r\n", []document{{"a: 1\r\n", 1}, {"b: 1\r\n\n", 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := split(row.text); !reflect.DeepEqual(got, row.want) {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func TestGivesMembersOfAListTheirKind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.yaml")
	text := "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	objects, err := Read([]string{file})
	if err != nil || len(objects) != 2 || objects[1].Kind != "Pod" || objects[1].APIVersion != "v1" || objects[1].Name != "b" {
		t.Fatal(objects, err)
	}
}

func TestReportsAllThatIsWrong(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "a: [", "b.yml": "- b", "c.json": `{"kind": "Pod", "apiVersion": "v1"}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := Read([]string{folder, filepath.Join(folder, "missing")})
	if err == nil || strings.Count(err.Error(), "\n") != 2 || len(objects) != 1 {
		t.Fatal(objects, err)
	}
}
