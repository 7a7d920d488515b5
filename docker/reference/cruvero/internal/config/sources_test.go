package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const modulePath = "slipway.example/cruvero/"

// environmentReaders are the functions by which Go code gets at the environment.
var environmentReaders = map[string][]string{
	"os":                    {"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
	"syscall":               {"Getenv", "Environ"},
	"golang.org/x/sys/unix": {"Getenv", "Environ"},
}

// The registry is only the whole truth while nothing reads the environment past this package.
func TestNothingElseReadsTheEnvironment(t *testing.T) {
	for name, file := range sources(t) {
		if path.Dir(name) == "internal/config" {
			continue
		}
		for _, found := range environmentReads(file) {
			t.Errorf("%s uses %s: declare the key in internal/config instead", name, found)
		}
	}
}

func TestEnvironmentReadsAreFound(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{`import "os"; var x = os.Getenv("A")`, "os.Getenv"},
		{`import sys "os"; var read = sys.LookupEnv`, "os.LookupEnv"},
		{`import "syscall"; var x, y = syscall.Getenv("A")`, "syscall.Getenv"},
		{`import "os"; var x = os.ExpandEnv("$A")`, "os.ExpandEnv"},
		{`import . "os"; var x = Environ()`, "dot import of os"},
		{`import "golang.org/x/sys/unix"; var x = unix.Environ()`, "golang.org/x/sys/unix.Environ"},
		{`import "os"; var x = os.Args`, ""},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "planted.go", "package p; "+row.source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if found := strings.Join(environmentReads(file), ","); found != row.want {
			t.Errorf("%s: got %q, want %q", row.source, found, row.want)
		}
	}
}

// A key that is declared and bound, and whose field nobody looks at, is not read.
func TestEverySettingIsUsed(t *testing.T) {
	used := map[string]map[string]bool{}
	for name, file := range sources(t) {
		folder := path.Dir(name)
		if used[folder] == nil {
			used[folder] = map[string]bool{}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				used[folder][selector.Sel.Name] = true
			}
			return true
		})
	}
	shared := map[string]string{"Process": "internal/process", "Service": "internal/server", "Events": "internal/events"}
	for component, settings := range Components() {
		for _, field := range fieldsOf(reflect.TypeOf(settings).Elem(), "cmd/"+component, shared) {
			if !used[field.folder][field.name] {
				t.Errorf("%s: nothing in %s looks at the setting %s", component, field.folder, field.name)
			}
		}
	}
}

// C-01: each image is built from its own command and internal/ alone, and holds only what it needs.
func TestCommandsImportOnlyWhatTheyNeed(t *testing.T) {
	imports := map[string][]string{}
	for name, file := range sources(t) {
		for _, one := range file.Imports {
			imports[path.Dir(name)] = append(imports[path.Dir(name)], strings.Trim(one.Path.Value, `"`))
		}
	}
	forbidden := map[string][]string{
		"ui":           {"pgx", "nats", "redis"},
		"migrate":      {"nats", "redis", "net/http", "pgxpool"},
		"worker":       {"redis"},
		"graph-worker": {"redis"},
		"embed-worker": {"redis", "pgx"},
	}
	for component := range Components() {
		for _, reached := range reach(imports, "cmd/"+component) {
			if strings.HasPrefix(reached, modulePath+"cmd/") {
				t.Errorf("cmd/%s imports another command: %s", component, reached)
			}
			for _, part := range forbidden[component] {
				if strings.Contains(reached, part) {
					t.Errorf("cmd/%s links %s, which it has no use for", component, reached)
				}
			}
		}
	}
}

type settingField struct{ name, folder string }

func fieldsOf(settings reflect.Type, folder string, shared map[string]string) []settingField {
	var fields []settingField
	for field := range settings.Fields() {
		if !field.Anonymous {
			fields = append(fields, settingField{field.Name, folder})
			continue
		}
		fields = append(fields, fieldsOf(field.Type, shared[field.Name], shared)...)
	}
	return fields
}

// reach lists what a folder imports, through the module's own packages.
func reach(imports map[string][]string, folder string) []string {
	seen := map[string]bool{}
	var visit func(folder string)
	visit = func(folder string) {
		for _, one := range imports[folder] {
			if seen[one] {
				continue
			}
			seen[one] = true
			if inside, own := strings.CutPrefix(one, modulePath); own {
				visit(inside)
			}
		}
	}
	visit(folder)
	return slices.Sorted(maps.Keys(seen))
}

// sources parses the module's shipped Go files, named by their path from its root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, folder := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(moduleRoot, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				return err
			}
			inside, err := filepath.Rel(moduleRoot, name)
			files[filepath.ToSlash(inside)] = file
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Fatal("no sources found")
	}
	return files
}

// environmentReads names the uses of environmentReaders, whatever the packages are called in the file.
func environmentReads(file *ast.File) []string {
	var found []string
	known := map[string]string{}
	for _, one := range file.Imports {
		imported := strings.Trim(one.Path.Value, `"`)
		if _, reads := environmentReaders[imported]; !reads {
			continue
		}
		local := path.Base(imported)
		if one.Name != nil {
			local = one.Name.Name
		}
		if local == "." {
			found = append(found, "dot import of "+imported)
		}
		known[local] = imported
	}
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if owner, ok := selector.X.(*ast.Ident); ok && slices.Contains(environmentReaders[known[owner.Name]], selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s.%s", known[owner.Name], selector.Sel.Name))
		}
		return true
	})
	return found
}
