package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func complete() []string {
	return []string{
		"DATABASE_URL=postgres://u:p@db:5432/cruvero", "NATS_URL=nats://nats:4222", "CACHE_URL=redis://cache:6379",
	}
}

func TestLoadFillsDefaults(t *testing.T) {
	var settings API
	if err := Load(&settings, append(complete(), "QUOTA_WINDOW=", "QUOTA_LIMIT=0", "QUOTA_LIMIT_OLD=x")); err != nil {
		t.Fatal(err)
	}
	want := API{
		Service:     Service{Port: 8080, ShutdownTimeout: 4 * time.Second},
		Events:      Events{NATSURL: "nats://nats:4222"},
		DatabaseURL: "postgres://u:p@db:5432/cruvero",
		CacheURL:    "redis://cache:6379",
		QuotaLimit:  0, QuotaWindow: time.Minute, RunInputMaxBytes: 65536, OutboxPollInterval: time.Second,
	}
	if !reflect.DeepEqual(settings, want) {
		t.Fatalf("got %+v, want %+v", settings, want)
	}
}

func TestLoadNamesEveryKeyAtOnce(t *testing.T) {
	err := Load(&API{}, []string{"HTTP_PORT=99999", "LOG_LEVEL=loud", "DATABASE_URL=", "TEMPORAL_ADDRESS=temporal"})
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a RefusedError", err)
	}
	want := &RefusedError{
		Missing: []string{"CACHE_URL", "DATABASE_URL", "NATS_URL"},
		Malformed: []Problem{
			{"HTTP_PORT", "must be a whole number from 1 to 65535"},
			{"LOG_LEVEL", "must be debug, info, warn or error"},
			{"TEMPORAL_ADDRESS", "must be host:port"},
		},
	}
	if !reflect.DeepEqual(refused, want) {
		t.Fatalf("got %+v, want %+v", refused, want)
	}
}

// Every key of every component refuses a value that it cannot use, or is a text without form, and never repeats it.
func TestLoadNeverRepeatsAValue(t *testing.T) {
	const planted = " hunter2\n"
	for component, settings := range Components() {
		var environ []string
		for _, key := range settings.Keys() {
			environ = append(environ, key.Name+"="+planted)
		}
		err := Load(settings, environ)
		var refused *RefusedError
		if !errors.As(err, &refused) || len(refused.Malformed) != len(environ) {
			t.Errorf("%s: got %v, want all %d keys refused", component, err, len(environ))
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message repeats a value: %s", component, err)
		}
	}
}

func TestForms(t *testing.T) {
	natsForm, qdrantForm := discard(address("nats", "tls")), discard(address("http", "https"))
	for _, row := range []struct {
		name  string
		parse func(string) error
		text  string
		valid bool
	}{
		{"database", discard(databaseURL), "postgresql://u@db/app?sslmode=require", true},
		{"database", discard(databaseURL), "postgres://u:p%40ss@[::1]:5432/app", true},
		{"database", discard(databaseURL), "postgres://u:p@db:5432", false},
		{"database", discard(databaseURL), "postgres://db/app", false},
		{"database", discard(databaseURL), "mysql://u:p@db/app", false},
		{"database", discard(databaseURL), "host=db user=u dbname=app", false},
		{"database", discard(databaseURL), "postgres://u:p#ss@db/app", false},
		{"nats", natsForm, "tls://nats:4222", true},
		{"nats", natsForm, "nats://token@nats:4222", false},
		{"nats", natsForm, "nats:4222", false},
		{"nats", natsForm, "nats://nats:70000", false},
		{"nats", natsForm, "nats://nats:", false},
		{"http", qdrantForm, "http://qdrant:6333", true},
		{"http", qdrantForm, "http://qdrant:6333?key=x", false},
		{"temporal", discard(hostPort), "temporal.temporal.svc:7233", true},
		{"temporal", discard(hostPort), "[::1]:7233", true},
		{"temporal", discard(hostPort), "https://temporal:7233", false},
		{"temporal", discard(hostPort), ":7233", false},
		{"temporal", discard(hostPort), "temporal:0", false},
		{"duration", discard(duration(0, time.Hour)), "0s", true},
		{"duration", discard(duration(0, time.Hour)), "61m", false},
		{"duration", discard(duration(0, time.Hour)), "60", false},
		{"number", discard(wholeNumber(0, 10)), "0", true},
		{"number", discard(wholeNumber(0, 10)), "11", false},
		{"number", discard(wholeNumber(0, 10)), "1.5", false},
		{"identifier", discard(identifier), "runs_v2", true},
		{"identifier", discard(identifier), "../points", false},
		{"token", discard(opaque), "s3cret", true},
		{"token", discard(opaque), "s3cret\n", false},
	} {
		if err := row.parse(row.text); (err == nil) != row.valid {
			t.Errorf("%s %q: got %v, want valid %t", row.name, row.text, err, row.valid)
		}
	}
}

func TestFromEnvironmentDropsTheDriversOwnVariables(t *testing.T) {
	t.Setenv("PGPASSWORD", "elsewhere")
	t.Setenv("API_URL", "http://api:8080")
	if err := FromEnvironment(&UI{}); err != nil {
		t.Fatal(err)
	}
	if _, left := os.LookupEnv("PGPASSWORD"); left {
		t.Fatal("PGPASSWORD is still there for the driver to read")
	}
}

func discard[T any](parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		_, err := parse(text)
		return err
	}
}
