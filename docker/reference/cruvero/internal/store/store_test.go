package store

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
	"slipway.example/cruvero/internal/runs"
	"slipway.example/cruvero/internal/testdatabase"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

// open gives a store in an empty schema.
func open(t *testing.T) *Store {
	t.Helper()
	store, err := Open(testdatabase.Schema(t, os.Getenv("TEST_DATABASE_URL")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// openMigrated also makes the tables, from the very files that cmd/migrate ships.
func openMigrated(t *testing.T) *Store {
	t.Helper()
	store := open(t)
	files, err := filepath.Glob("../../cmd/migrate/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("migrations: %v, %v", files, err)
	}
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.pool.Exec(t.Context(), string(sql)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return store
}

func create(t *testing.T, store *Store, input string) runs.Run {
	t.Helper()
	run, err := store.Create(t.Context(), "alice", input)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestARunFromQueuedToCompleted(t *testing.T) {
	store := openMigrated(t)
	first, second := create(t, store, "one"), create(t, store, "two")
	if first.State != runs.Queued || first.Result != nil || first.ID == second.ID {
		t.Fatalf("got %+v", first)
	}
	result := runs.Result{Characters: 3, Words: 1, SHA256: "abc"}
	for _, attempt := range []runs.Result{result, {Words: 99}} {
		if err := store.Complete(t.Context(), first.ID, attempt); err != nil {
			t.Fatal(err)
		}
	}
	completed, err := store.Get(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if completed.State != runs.Completed || *completed.Result != result || completed.CompletedAt == nil {
		t.Fatalf("a repetition must change nothing, got %+v", completed)
	}
	list, err := store.List(t.Context(), 1)
	if err != nil || len(list) != 1 || list[0].ID != second.ID {
		t.Fatalf("the newest one was expected, got %+v, %v", list, err)
	}
	if _, err := store.Get(t.Context(), unknownID); !errors.Is(err, runs.ErrNotFound) {
		t.Fatalf("got %v", err)
	}
	if err := store.Complete(t.Context(), unknownID, result); !errors.Is(err, runs.ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestOutboxKeepsWhatWasNotPublished(t *testing.T) {
	store := openMigrated(t)
	var ids []string
	for _, input := range []string{"one", "two", "three"} {
		ids = append(ids, create(t, store, input).ID)
	}
	var seen []string
	failure := errors.New("no stream")
	relay := func(failAt string) (int, error) {
		return store.RelayOutbox(t.Context(), 10, func(_ context.Context, message Message) error {
			var event runs.Requested
			if err := json.Unmarshal(message.Payload, &event); err != nil {
				return err
			}
			if event.RunID == failAt {
				return failure
			}
			seen = append(seen, event.RunID)
			return nil
		})
	}
	if published, err := relay(ids[1]); published != 1 || !errors.Is(err, failure) {
		t.Fatalf("got %d, %v", published, err)
	}
	if published, err := relay(""); published != 2 || err != nil {
		t.Fatalf("got %d, %v", published, err)
	}
	if published, err := relay(""); published != 0 || err != nil {
		t.Fatalf("got %d, %v", published, err)
	}
	if !reflect.DeepEqual(seen, ids) {
		t.Fatalf("published %v, want %v", seen, ids)
	}
}

func TestTwoRelaysNeverTakeTheSameMessage(t *testing.T) {
	store := openMigrated(t)
	create(t, store, "one")
	published, err := store.RelayOutbox(t.Context(), 10, func(ctx context.Context, _ Message) error {
		other, err := store.RelayOutbox(ctx, 10, func(context.Context, Message) error { return nil })
		if other != 0 {
			t.Errorf("the second relay took %d messages", other)
		}
		return err
	})
	if published != 1 || err != nil {
		t.Fatalf("got %d, %v", published, err)
	}
}

func TestEdgesAreRecordedOnce(t *testing.T) {
	store := openMigrated(t)
	run := create(t, store, "one")
	edges := []runs.Edge{{Source: "client:alice", Relation: "requested", Target: "run:" + run.ID}, {Source: "run:" + run.ID, Relation: "produced", Target: "result:abc"}}
	for _, want := range []int64{2, 0} {
		if added, err := store.AddEdges(t.Context(), run.ID, edges); added != want || err != nil {
			t.Fatalf("got %d, %v, want %d", added, err, want)
		}
	}
	if got, err := store.Edges(t.Context(), run.ID); err != nil || !reflect.DeepEqual(got, edges) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := store.AddEdges(t.Context(), unknownID, []runs.Edge{{Source: "a", Relation: "b", Target: "c"}}); !errors.Is(err, runs.ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestReadinessNeedsNoTables(t *testing.T) {
	store := open(t)
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.List(t.Context(), 1); !errors.Is(err, ErrNotMigrated) {
		t.Fatalf("got %v, want ErrNotMigrated", err)
	}
}

func TestARefusedPasswordIsNamedAndNotRepeated(t *testing.T) {
	address, err := url.Parse(testdatabase.Schema(t, os.Getenv("TEST_DATABASE_URL")))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("nobody_here", "hunter2")
	store, err := Open(address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	err = store.Check(t.Context())
	if err == nil {
		t.Skip("this server takes any password (trust), so a refusal cannot be shown")
	}
	if health.Reason(err) != "authentication refused" || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got class %q: %v", health.Reason(err), err)
	}
}

func TestOpenRefusesAnAddressWithoutRepeatingIt(t *testing.T) {
	_, err := Open("postgres://u:hunter2@db/app?sslmode=bogus")
	var refused *config.RefusedError
	if !errors.As(err, &refused) || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
}

func TestAnAbsentServerIsUnavailable(t *testing.T) {
	store, err := Open("postgres://u:hunter2@127.0.0.1:1/app")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if err := store.Check(t.Context()); !errors.Is(err, ErrUnavailable) || health.Reason(err) != "connection refused" {
		t.Fatalf("got %v", err)
	}
}
