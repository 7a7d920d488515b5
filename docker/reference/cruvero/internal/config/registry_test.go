package config

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
	documented := map[string]registryKey{}
	for _, key := range registry {
		key.Description = ""
		documented[key.Name] = key
	}
	read := readByTheCode(t)
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if _, known := read[name]; !known {
			t.Errorf("%s is in the registry, and no component reads it", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if _, known := documented[name]; !known {
			t.Errorf("%s is read by %v, and the registry does not list it", name, read[name].Components)
		} else if !reflect.DeepEqual(read[name], documented[name]) {
			t.Errorf("%s differs\n    code: %+v\nregistry: %+v", name, read[name], documented[name])
		}
	}
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
