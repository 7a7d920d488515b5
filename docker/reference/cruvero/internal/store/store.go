// Package store keeps runs, the outbox of events and the graph's edges in PostgreSQL. The tables come from cmd/migrate.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

// ErrNotMigrated says that the tables are missing.
var ErrNotMigrated = errors.New("the database has not been migrated")

// ErrUnavailable says that the database cannot be reached or refuses to work now.
var ErrUnavailable = errors.New("the database is not available")

// A database that is slow for a moment must not become slower by what its clients do then: a connection that is given up
// costs it a new one, with a process and an authentication.
const (
	// warmConnections are there before the first request.
	warmConnections = 2
	// cancelPatience is how long a query may take to end that the server was asked to cancel; then its connection is given up.
	cancelPatience = 400 * time.Millisecond
	// checkPatience is how long a check's query goes on when nobody waits for its answer any more.
	checkPatience = 5 * time.Second
)

// Store is a pool of connections. It connects when it is first used, so a service may start before its database.
type Store struct {
	pool *pgxpool.Pool
}

// Open prepares the pool. It fails only for an address that can never work.
func Open(databaseURL string) (*Store, error) {
	settings, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The driver's text repeats parts of the address, so it stays out.
		return nil, config.Malformed("DATABASE_URL", "must have parameters that the PostgreSQL driver knows (sslmode, certificates that exist, pool_max_conns)")
	}
	if settings.ConnConfig.ConnectTimeout == 0 {
		settings.ConnConfig.ConnectTimeout = 3 * time.Second
	}
	if settings.MinConns == 0 {
		settings.MinConns = min(warmConnections, settings.MaxConns)
	}
	settings.ConnConfig.BuildContextWatcherHandler = func(connection *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: connection, DeadlineDelay: cancelPatience}
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), settings)
	if err != nil {
		return nil, fmt.Errorf("prepare the database pool: %w", err)
	}
	return &Store{pool: pool}, nil
}

// Close gives all connections back. It waits a moment only: a query that hangs must not keep the process from ending.
func (s *Store) Close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(500 * time.Millisecond):
	}
}

// Check asks the database for an answer. It needs no table: readiness must not depend on the schema,
// or an installation that migrates after its services have started would wait for itself.
func (s *Store) Check(ctx context.Context) error {
	answered := make(chan error, 1)
	go func() {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkPatience)
		defer cancel()
		_, err := s.pool.Exec(asking, "SELECT 1")
		answered <- err
	}()
	select {
	case err := <-answered:
		return classify(err)
	case <-ctx.Done():
		return classify(ctx.Err())
	}
}

// classify names the failures that callers act on and keeps the driver's error inside.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch {
		case server.Code == "42P01":
			return fmt.Errorf("%w: %w", ErrNotMigrated, err)
		case strings.HasPrefix(server.Code, "28"):
			return &health.Classed{Class: "authentication refused", Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
		case server.Code == "3D000":
			return &health.Classed{Class: "no such database", Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
		case server.Code == "57014":
			return &health.Classed{Class: "timeout", Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
		case strings.HasPrefix(server.Code, "53"), strings.HasPrefix(server.Code, "57P"):
			return &health.Classed{Class: "refused by the server", Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
		default:
			return err
		}
	}
	class := health.Reason(err)
	if class == health.Unknown {
		class = "not reachable"
	}
	return &health.Classed{Class: class, Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
}
