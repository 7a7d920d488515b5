package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Problem names a key whose value has the wrong form, and the form that is allowed.
type Problem struct {
	Key     string `json:"key"`
	Allowed string `json:"allowed"`
}

// RefusedError lists everything that is wrong with the environment at once. It holds no values.
type RefusedError struct {
	Missing   []string
	Malformed []Problem
}

func (e *RefusedError) Error() string {
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(e.Missing, ", "))
	}
	for _, problem := range e.Malformed {
		parts = append(parts, problem.Key+" "+problem.Allowed)
	}
	return "configuration refused: " + strings.Join(parts, "; ")
}

// Malformed is the refusal of one key whose value turned out to be unusable later than at loading.
func Malformed(key, allowed string) error {
	return &RefusedError{Malformed: []Problem{{Key: key, Allowed: allowed}}}
}

// FromEnvironment fills the settings from the process environment.
//
// The variables of libpq (PGHOST, PGPASSWORD and so on) are dropped first: the PostgreSQL driver would otherwise let them fill
// gaps in DATABASE_URL, and the registry would not be the whole truth.
func FromEnvironment(settings Settings) error {
	environ := os.Environ()
	for _, entry := range environ {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("drop %s: %w", name, err)
			}
		}
	}
	return Load(settings, environ)
}

// Load fills the settings from entries of the form NAME=value. An empty value counts as absent.
func Load(settings Settings, environ []string) error {
	values := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, found := strings.Cut(entry, "="); found {
			values[name] = value
		}
	}
	refused := &RefusedError{}
	for _, key := range settings.Keys() {
		refused.apply(key, values[key.Name])
	}
	if len(refused.Missing)+len(refused.Malformed) == 0 {
		return nil
	}
	slices.Sort(refused.Missing)
	slices.SortFunc(refused.Malformed, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	return refused
}

func (e *RefusedError) apply(key Key, text string) {
	if text == "" {
		text = key.Default
	}
	if text == "" {
		if key.Required {
			e.Missing = append(e.Missing, key.Name)
		}
		return
	}
	if err := key.store(text); err != nil {
		e.Malformed = append(e.Malformed, Problem{Key: key.Name, Allowed: err.Error()})
	}
}
