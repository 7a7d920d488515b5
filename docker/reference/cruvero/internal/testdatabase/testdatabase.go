// Package testdatabase gives an integration test a schema of its own in a real PostgreSQL.
package testdatabase

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Schema makes an empty schema that goes with the test, and returns an address that works in it.
// It skips the test when databaseURL, the value of TEST_DATABASE_URL, is empty.
func Schema(t *testing.T, databaseURL string) string {
	t.Helper()
	if databaseURL == "" {
		t.Skip("TEST_DATABASE_URL is not set: this test needs a real PostgreSQL")
	}
	connection, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := connection.Exec(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if _, err := connection.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Errorf("drop %s: %v", schema, err)
		}
		_ = connection.Close(context.Background())
	})
	address, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	return address.String()
}
