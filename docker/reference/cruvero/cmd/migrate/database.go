package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"slipway.example/cruvero/internal/config"
)

const (
	firstPause   = 250 * time.Millisecond
	longestPause = 500 * time.Millisecond
	dialTimeout  = 3 * time.Second
)

// connect waits until the database answers, up to a bound. What waiting cannot mend fails at once.
func connect(ctx context.Context, log *slog.Logger, databaseURL string, timeout time.Duration) (*pgx.Conn, error) {
	settings, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The driver's text repeats parts of the address, so it stays out.
		return nil, config.Malformed("DATABASE_URL", "must have parameters that the PostgreSQL driver knows (sslmode, certificates that exist)")
	}
	settings.ConnectTimeout = dialTimeout
	var connection *pgx.Conn
	err = retry(ctx, timeout, func() (done bool, err error) {
		if connection, err = pgx.ConnectConfig(ctx, settings); err == nil {
			return true, nil
		}
		if isLasting(err) {
			return true, err
		}
		log.Warn("waiting for the database", "error", err.Error())
		return false, err
	})
	switch {
	case err == nil:
		return connection, nil
	case isLasting(err):
		return nil, fmt.Errorf("the database refuses the connection: %w", err)
	default:
		return nil, fmt.Errorf("no connection to the database within %s: %w", timeout, err)
	}
}

// isLasting tells failures of the address or the account from those that pass.
func isLasting(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (strings.HasPrefix(server.Code, "28") || server.Code == "3D000")
}

// lock takes a session lock, so that of several migrators one works and the others wait. It goes with the session, also after a crash.
// The schema is part of the key because each schema has its own history.
func lock(ctx context.Context, log *slog.Logger, connection *pgx.Conn, timeout time.Duration) error {
	waiting := false
	err := retry(ctx, timeout, func() (done bool, err error) {
		row := connection.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended('cruvero:migrate:' || current_schema(), 0))")
		if err := row.Scan(&done); err != nil {
			return true, fmt.Errorf("take the migration lock (does the schema of search_path exist?): %w", err)
		}
		if !done && !waiting {
			waiting = true
			log.Info("another migrator is at work, waiting for it")
		}
		if !done {
			return false, errors.New("another migrator holds the lock")
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("no migration lock within %s: %w", timeout, err)
	}
	return nil
}

// retry calls attempt with growing pauses until it is done or the time is up; it gives the last error.
func retry(ctx context.Context, timeout time.Duration, attempt func() (done bool, err error)) error {
	deadline := time.Now().Add(timeout)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		done, err := attempt()
		if done || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// closeConnection also gives the lock back; a server that is gone has given it back already.
func closeConnection(connection *pgx.Conn) {
	bounded, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = connection.Close(bounded)
}
