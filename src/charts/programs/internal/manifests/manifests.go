// Package manifests reads objects of Kubernetes from YAML and JSON files, and says of each where it stands.
package manifests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	kubejson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// Place says where an object stands.
type Place struct {
	File string
	// Document is the number of its document in the file, from 0; documents without any text do not count.
	Document int
	// Line is the first line of its document, from 1.
	Line int
}

func (place Place) String() string {
	return fmt.Sprintf("%s, document %d (line %d)", place.File, place.Document, place.Line)
}

// Object is one object; the members of a List are objects of their own.
type Object struct {
	Place
	APIVersion string
	Kind       string
	Namespace  string
	Name       string
	// Body is the object as JSON has it.
	Body map[string]any
}

// Group is the API group of the object; the core group has no name.
func (object Object) Group() string {
	group, _, found := strings.Cut(object.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// Read reads files, and of folders every .yaml, .yml and .json file below, in the order of their paths. All that is
// wrong is reported at once.
func Read(paths []string) ([]Object, error) {
	var objects []Object
	var problems []error
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			problems = append(problems, err)
		}
		for _, file := range files {
			found, err := readFile(file)
			objects = append(objects, found...)
			problems = append(problems, err)
		}
	}
	return objects, errors.Join(problems...)
}

// Decode fills a typed value from a part of an object's body; names count with their case, as for an API server.
func Decode(part any, into any) error {
	text, err := json.Marshal(part)
	if err != nil {
		return err
	}
	return kubejson.UnmarshalCaseSensitivePreserveInts(text, into)
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		isManifest := slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file))
		if err == nil && isManifest && !entry.IsDir() {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the folder has no .yaml, .yml or .json file", path)
	}
	return files, err
}

func readFile(file string) ([]Object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []Object
	var problems []error
	for number, document := range split(string(text)) {
		place := Place{File: file, Document: number, Line: document.line}
		found, err := parse(document.text, place)
		objects = append(objects, found...)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", place, err))
		}
	}
	return objects, errors.Join(problems...)
}

type document struct {
	text string
	line int
}

// split cuts a file at its separators; the documents are those that have any text, if only a comment.
func split(text string) []document {
	var documents []document
	var lines []string
	first := 1
	end := func(next int, begin ...string) {
		if body := strings.Join(lines, "\n"); strings.TrimSpace(body) != "" {
			documents = append(documents, document{body + "\n", first})
		}
		lines, first = begin, next
	}
	for index, line := range strings.Split(text, "\n") {
		rest, isStart := strings.CutPrefix(line, "---")
		switch {
		case isStart && strings.TrimSpace(rest) == "":
			end(index + 2)
		case isStart && strings.ContainsAny(rest[:1], " \t"):
			end(index+1, rest)
		case strings.TrimRight(line, " \t\r") == "...":
			end(index + 2)
		default:
			lines = append(lines, line)
		}
	}
	end(0)
	return documents
}

func parse(text string, place Place) ([]Object, error) {
	var value any
	if err := yaml.UnmarshalStrict([]byte(text), &value); err != nil {
		return nil, err
	}
	if value == nil {
		return nil, nil
	}
	body, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("is no object of Kubernetes but %T", value)
	}
	return flatten(body, place)
}

// flatten gives the object, or those that it lists.
func flatten(body map[string]any, place Place) ([]Object, error) {
	object := Object{Place: place, Body: body}
	object.APIVersion, _ = body["apiVersion"].(string)
	object.Kind, _ = body["kind"].(string)
	if object.APIVersion == "" || object.Kind == "" {
		return nil, errors.New("has no apiVersion or no kind")
	}
	if metadata, ok := body["metadata"].(map[string]any); ok {
		object.Name, _ = metadata["name"].(string)
		object.Namespace, _ = metadata["namespace"].(string)
	}
	items, hasItems := body["items"].([]any)
	if !hasItems || !strings.HasSuffix(object.Kind, "List") {
		return []Object{object}, nil
	}
	var objects []Object
	for number, item := range items {
		member, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("item %d of %s is no object", number, object.Kind)
		}
		found, err := flatten(withKind(member, object), place)
		if err != nil {
			return nil, fmt.Errorf("item %d of %s %w", number, object.Kind, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// withKind gives a member of, say, a PodList the kind that it need not say itself.
func withKind(member map[string]any, list Object) map[string]any {
	kind := strings.TrimSuffix(list.Kind, "List")
	if kind == "" || member["kind"] != nil {
		return member
	}
	whole := map[string]any{"apiVersion": list.APIVersion, "kind": kind}
	for key, value := range member {
		whole[key] = value
	}
	return whole
}
