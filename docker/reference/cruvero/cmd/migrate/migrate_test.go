package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/testdatabase"
)

func settings(databaseURL string) *config.Migrate {
	return &config.Migrate{DatabaseURL: databaseURL, DatabaseWaitTimeout: 5 * time.Second, LockWaitTimeout: 5 * time.Second}
}

func runQuietly(ctx context.Context, configured *config.Migrate, files fs.FS) error {
	return run(ctx, slog.New(slog.DiscardHandler), configured, files)
}

// database gives the address of an empty schema and a connection to look into it.
func database(t *testing.T) (string, *pgx.Conn) {
	t.Helper()
	address := testdatabase.Schema(t, os.Getenv("TEST_DATABASE_URL"))
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	return address, connection
}

func versions(t *testing.T, connection *pgx.Conn) int {
	t.Helper()
	var count int
	if err := connection.QueryRow(t.Context(), "SELECT count(*) FROM schema_migrations").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

func TestMigratorsAtTheSameTimeApplyEachFileOnce(t *testing.T) {
	address, connection := database(t)
	failures := make(chan error, 4)
	var group sync.WaitGroup
	for range cap(failures) {
		group.Go(func() { failures <- runQuietly(t.Context(), settings(address), embedded) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	if count := versions(t, connection); count != 2 {
		t.Fatalf("%d migrations recorded, want 2", count)
	}
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	address, connection := database(t)
	files := fstest.MapFS{
		"migrations/0001_good.sql": {Data: []byte("CREATE TABLE good (a int)")},
		"migrations/0002_bad.sql":  {Data: []byte("CREATE TABLE half (a int); CREATE TABLE good (a int)")},
	}
	err := runQuietly(t.Context(), settings(address), files)
	if err == nil || !strings.Contains(err.Error(), "migration 0002_bad was rolled back") {
		t.Fatalf("got %v", err)
	}
	var half *string
	if err := connection.QueryRow(t.Context(), "SELECT to_regclass('half')::text").Scan(&half); err != nil || half != nil {
		t.Fatalf("the failed file left a table behind: %v, %v", half, err)
	}
	if count := versions(t, connection); count != 1 {
		t.Fatalf("%d migrations recorded, want 1", count)
	}
	files["migrations/0001_good.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE good (b int)")}
	if err := runQuietly(t.Context(), settings(address), files); err == nil || !strings.Contains(err.Error(), "was changed after it had been applied") {
		t.Fatalf("got %v", err)
	}
}

func TestTheWaitForTheLockIsBounded(t *testing.T) {
	address, connection := database(t)
	if err := lock(t.Context(), slog.New(slog.DiscardHandler), connection, time.Second); err != nil {
		t.Fatal(err)
	}
	configured := settings(address)
	configured.LockWaitTimeout = 300 * time.Millisecond
	err := runQuietly(t.Context(), configured, embedded)
	if err == nil || !strings.Contains(err.Error(), "no migration lock within 300ms: another migrator holds the lock") {
		t.Fatalf("got %v", err)
	}
}

func TestTheWaitForTheDatabaseIsBounded(t *testing.T) {
	configured := settings("postgres://u:hunter2@127.0.0.1:1/app")
	configured.DatabaseWaitTimeout = 300 * time.Millisecond
	began := time.Now()
	err := runQuietly(t.Context(), configured, embedded)
	if err == nil || !strings.Contains(err.Error(), "no connection to the database within 300ms") || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Fatalf("took %s", took)
	}
}

func TestSIGTERMEndsTheWait(t *testing.T) {
	// A listener that never answers holds the dial until the context ends it.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := runQuietly(ctx, settings("postgres://u:p@"+listener.Addr().String()+"/app?sslmode=disable"), embedded); err == nil {
		t.Fatal("it must fail")
	}
	if took := time.Since(began); took > time.Second {
		t.Fatalf("took %s", took)
	}
}

func TestAnUnusableAddressIsAConfigurationError(t *testing.T) {
	err := runQuietly(t.Context(), settings("postgres://u:hunter2@db/app?sslmode=bogus"), embedded)
	var refused *config.RefusedError
	if !errors.As(err, &refused) || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
}
