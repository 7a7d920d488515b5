package config

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// moduleRoot is where go.mod lies, seen from this package.
const moduleRoot = "../.."

// registryFile is the list of keys that charts and people read.
var registryFile = filepath.Join(moduleRoot, "../../../deploy/config/cruvero.yaml")

type registryKey struct {
	Name        string   `yaml:"name"`
	Components  []string `yaml:"components"`
	Kind        Kind     `yaml:"kind"`
	Required    bool     `yaml:"required"`
	Default     string   `yaml:"default"`
	Description string   `yaml:"description"`
}

// C-13, A-04: what the code reads is what the registry says, in both directions.
func TestRegistryEqualsTheCode(t *testing.T) {
	content, err := os.ReadFile(registryFile)
	if err != nil {
		t.Fatalf("the registry must be readable from the module: run the tests inside the whole repository: %v", err)
	}
	var registry []registryKey
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&registry); err != nil {
		t.Fatal(err)
	}
	for i := range registry {
		registry[i].Description = ""
	}
	for _, difference := range differences(registry, readByTheCode(t)) {
		t.Error(difference)
	}
}

// Planted: each way in which registry and code can part is found, and named by the key.
func TestDifferencesAreFoundBothWays(t *testing.T) {
	key := func(change func(*registryKey)) registryKey {
		made := registryKey{Name: "A_KEY", Components: []string{"api", "ui"}, Kind: Plain, Default: "1"}
		change(&made)
		return made
	}
	same := key(func(*registryKey) {})
	for name, row := range map[string]struct {
		documented, read []registryKey
		want             []string
	}{
		"equal":                {[]registryKey{same}, []registryKey{same}, nil},
		"only in the registry": {[]registryKey{same}, nil, []string{"A_KEY is in the registry, and no component reads it"}},
		"only in the code":     {nil, []registryKey{same}, []string{"A_KEY is read by [api ui], and the registry does not list it"}},
		"a component more":     {[]registryKey{key(func(k *registryKey) { k.Components = []string{"api"} })}, []registryKey{same}, []string{"A_KEY differs"}},
		"another kind":         {[]registryKey{key(func(k *registryKey) { k.Kind = Secret })}, []registryKey{same}, []string{"A_KEY differs"}},
		"required in one":      {[]registryKey{key(func(k *registryKey) { k.Required = true })}, []registryKey{same}, []string{"A_KEY differs"}},
		"another default":      {[]registryKey{key(func(k *registryKey) { k.Default = "2" })}, []registryKey{same}, []string{"A_KEY differs"}},
		"another name": {
			[]registryKey{key(func(k *registryKey) { k.Name = "B_KEY" })},
			[]registryKey{same},
			[]string{"B_KEY is in the registry, and no component reads it", "A_KEY is read by [api ui], and the registry does not list it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			read := map[string]registryKey{}
			for _, key := range row.read {
				read[key.Name] = key
			}
			var found []string
			for _, difference := range differences(row.documented, read) {
				first, _, _ := strings.Cut(difference, "\n")
				found = append(found, first)
			}
			if !slices.Equal(found, row.want) {
				t.Errorf("found %q, want %q", found, row.want)
			}
		})
	}
}

// differences names every key that only one side has, and every one that the sides describe otherwise.
func differences(registry []registryKey, read map[string]registryKey) []string {
	var found []string
	documented := map[string]registryKey{}
	for _, key := range registry {
		documented[key.Name] = key
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if _, known := read[name]; !known {
			found = append(found, fmt.Sprintf("%s is in the registry, and no component reads it", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if _, known := documented[name]; !known {
			found = append(found, fmt.Sprintf("%s is read by %v, and the registry does not list it", name, read[name].Components))
		} else if !reflect.DeepEqual(read[name], documented[name]) {
			found = append(found, fmt.Sprintf("%s differs\n    code: %+v\nregistry: %+v", name, read[name], documented[name]))
		}
	}
	return found
}

// readByTheCode gathers the declarations of all components; those that share a key must agree on it.
func readByTheCode(t *testing.T) map[string]registryKey {
	t.Helper()
	read := map[string]registryKey{}
	components := Components()
	for _, component := range slices.Sorted(maps.Keys(components)) {
		for _, key := range components[component].Keys() {
			declared := registryKey{Name: key.Name, Components: []string{component}, Kind: key.Kind, Required: key.Required, Default: key.Default}
			if before, known := read[key.Name]; known {
				declared.Components = append(before.Components, component)
				before.Components = declared.Components
				if !reflect.DeepEqual(before, declared) {
					t.Errorf("%s: %s declares %+v, others %+v", key.Name, component, declared, before)
				}
			}
			read[key.Name] = declared
		}
	}
	return read
}

func TestEveryCommandIsAComponent(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(moduleRoot, "cmd"))
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, entry := range entries {
		commands = append(commands, entry.Name())
	}
	if components := slices.Sorted(maps.Keys(Components())); !slices.Equal(commands, components) {
		t.Fatalf("commands %v, components %v", commands, components)
	}
}
