package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

func folder(names ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range names {
		files["migrations/"+name] = &fstest.MapFile{Data: []byte("SELECT '" + name + "'")}
	}
	return files
}

func history(migrations []migration) []applied {
	var done []applied
	for _, one := range migrations {
		done = append(done, applied{one.version, one.name, one.checksum})
	}
	return done
}

func TestTheShippedMigrationsAreReadable(t *testing.T) {
	migrations, err := readMigrations(embedded)
	if err != nil || len(migrations) == 0 {
		t.Fatalf("got %d, %v", len(migrations), err)
	}
}

func TestReadMigrationsRefusesAWrongName(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		"the name must be NNNN_name.sql":                        folder("1_runs.sql"),
		"the number must be 0001, the next one without a gap":   folder("0002_edges.sql"),
		"the number must be 0002, the next one without a gap":   folder("0001_runs.sql", "0003_edges.sql"),
		"0001_twice.sql: the number must be 0002, the next one": folder("0001_runs.sql", "0001_twice.sql"),
	} {
		if _, err := readMigrations(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNewPlan(t *testing.T) {
	all, err := readMigrations(folder("0001_a.sql", "0002_b.sql", "0003_c.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name           string
		known          []migration
		done           []applied
		pending, ahead int
	}{
		{"an empty database", all, nil, 3, 0},
		{"a database in between", all, history(all[:2]), 1, 0},
		{"a database up to date", all, history(all), 0, 0},
		{"a newer database, after a rollback", all[:1], history(all), 0, 2},
	} {
		todo, err := newPlan(row.known, row.done)
		if err != nil || len(todo.pending) != row.pending || todo.ahead != row.ahead {
			t.Errorf("%s: got %+v, %v", row.name, todo, err)
		}
	}
}

func TestNewPlanRefusesAnotherHistory(t *testing.T) {
	all, err := readMigrations(folder("0001_a.sql", "0002_b.sql"))
	if err != nil {
		t.Fatal(err)
	}
	changed := history(all)
	changed[0].Checksum = strings.Repeat("0", 64)
	if _, err := newPlan(all, changed); err == nil || !strings.Contains(err.Error(), "0001_a was changed after it had been applied") {
		t.Errorf("a changed file: got %v", err)
	}
	if _, err := newPlan(all, history(all)[1:]); err == nil || !strings.Contains(err.Error(), "version 2 where 1 was expected") {
		t.Errorf("a gap: got %v", err)
	}
}
