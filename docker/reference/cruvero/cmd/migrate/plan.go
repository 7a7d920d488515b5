package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
)

// migration is one SQL file.
type migration struct {
	version  int
	name     string
	checksum string
	sql      string
}

// applied is one row of schema_migrations.
type applied struct {
	Version  int
	Name     string
	Checksum string
}

var fileForm = regexp.MustCompile(`^([0-9]{4})_([a-z0-9_]+)\.sql$`)

// readMigrations reads migrations/NNNN_name.sql, numbered from 0001 without a gap.
func readMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var migrations []migration
	for _, entry := range entries {
		form := fileForm.FindStringSubmatch(entry.Name())
		if form == nil {
			return nil, fmt.Errorf("migration %s: the name must be NNNN_name.sql", entry.Name())
		}
		version, err := strconv.Atoi(form[1])
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", entry.Name(), err)
		}
		if version != len(migrations)+1 {
			return nil, fmt.Errorf("migration %s: the number must be %04d, the next one without a gap", entry.Name(), len(migrations)+1)
		}
		content, err := fs.ReadFile(files, "migrations/"+entry.Name())
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", entry.Name(), err)
		}
		sum := sha256.Sum256(content)
		migrations = append(migrations, migration{version: version, name: form[2], checksum: hex.EncodeToString(sum[:]), sql: string(content)})
	}
	return migrations, nil
}

// plan is what remains to be done.
type plan struct {
	pending []migration
	// ahead is how many applied migrations this binary does not know: the database is newer, as after a rollback.
	ahead int
}

// newPlan compares what there is with what was applied and refuses a history that is not the beginning of this one.
func newPlan(migrations []migration, history []applied) (plan, error) {
	for i, done := range history {
		if done.Version != i+1 {
			return plan{}, fmt.Errorf("schema_migrations has version %d where %d was expected; the table has been changed by hand, restore it from a backup", done.Version, i+1)
		}
		if i >= len(migrations) {
			continue
		}
		if known := migrations[i]; known.checksum != done.Checksum {
			return plan{}, fmt.Errorf("migration %04d_%s was changed after it had been applied (checksum %.12s now, %.12s then); restore the file and add a new migration",
				known.version, known.name, known.checksum, done.Checksum)
		}
	}
	if len(history) > len(migrations) {
		return plan{ahead: len(history) - len(migrations)}, nil
	}
	return plan{pending: migrations[len(history):]}, nil
}
