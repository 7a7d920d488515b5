package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// createHistory is not a migration itself: it must exist before the first one can be recorded.
const createHistory = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version    integer PRIMARY KEY,
  name       text NOT NULL,
  checksum   text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`

// migrate applies what is missing, each file in a transaction with its own record. The caller holds the lock.
func migrate(ctx context.Context, log *slog.Logger, connection *pgx.Conn, migrations []migration) error {
	history, err := readHistory(ctx, connection)
	if err != nil {
		return err
	}
	todo, err := newPlan(migrations, history)
	if err != nil {
		return err
	}
	if todo.ahead > 0 {
		log.Warn("the database is newer than this binary; nothing to do", "unknownMigrations", todo.ahead)
		return nil
	}
	for _, one := range todo.pending {
		began := time.Now()
		if err := apply(ctx, connection, one); err != nil {
			return fmt.Errorf("migration %04d_%s was rolled back: %w", one.version, one.name, err)
		}
		log.Info("migration applied", "version", one.version, "name", one.name, "seconds", time.Since(began).Seconds())
	}
	log.Info("the schema is up to date", "version", len(migrations), "applied", len(todo.pending))
	return nil
}

func readHistory(ctx context.Context, connection *pgx.Conn) ([]applied, error) {
	if _, err := connection.Exec(ctx, createHistory); err != nil {
		return nil, fmt.Errorf("create schema_migrations: %w", err)
	}
	rows, err := connection.Query(ctx, "SELECT version, name, checksum FROM schema_migrations ORDER BY version")
	if err != nil {
		return nil, fmt.Errorf("read schema_migrations: %w", err)
	}
	history, err := pgx.CollectRows(rows, pgx.RowToStructByPos[applied])
	if err != nil {
		return nil, fmt.Errorf("read schema_migrations: %w", err)
	}
	return history, nil
}

func apply(ctx context.Context, connection *pgx.Conn, one migration) error {
	return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
		// Without arguments the simple protocol runs, which takes a file of several statements.
		if _, err := tx.Exec(ctx, one.sql); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", one.version, one.name, one.checksum)
		return err
	})
}
