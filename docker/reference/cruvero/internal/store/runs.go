package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"slipway.example/cruvero/internal/runs"
)

const runColumns = "id::text, client, input, state, result, created_at, completed_at"

// Create stores a run and, in the same transaction, the event that announces it: neither can exist without the other.
func (s *Store) Create(ctx context.Context, client, input string) (runs.Run, error) {
	var run runs.Run
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, "INSERT INTO runs (client, input, state) VALUES ($1, $2, $3) RETURNING "+runColumns, client, input, runs.Queued)
		var err error
		if run, err = scanRun(row); err != nil {
			return err
		}
		event, err := json.Marshal(runs.Requested{RunID: run.ID, Client: client, Input: input})
		if err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
		_, err = tx.Exec(ctx, "INSERT INTO outbox (subject, message_id, payload) VALUES ($1, $2, $3)", runs.SubjectRequested, run.ID+":requested", event)
		return err
	})
	return run, classify(err)
}

// Get reads one run; runs.ErrNotFound when there is none.
func (s *Store) Get(ctx context.Context, id string) (runs.Run, error) {
	run, err := scanRun(s.pool.QueryRow(ctx, "SELECT "+runColumns+" FROM runs WHERE id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return run, runs.ErrNotFound
	}
	return run, classify(err)
}

// List reads the newest runs first.
func (s *Store) List(ctx context.Context, limit int) ([]runs.Run, error) {
	rows, err := s.pool.Query(ctx, "SELECT "+runColumns+" FROM runs ORDER BY created_at DESC, id DESC LIMIT $1", limit)
	if err != nil {
		return nil, classify(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (runs.Run, error) { return scanRun(row) })
	return list, classify(err)
}

// Complete records the result of a run. Doing it again changes nothing; runs.ErrNotFound when the run is gone.
func (s *Store) Complete(ctx context.Context, id string, result runs.Result) error {
	tag, err := s.pool.Exec(ctx, `UPDATE runs SET state = $2, result = COALESCE(result, $3), completed_at = COALESCE(completed_at, now()) WHERE id = $1`,
		id, runs.Completed, result)
	if err == nil && tag.RowsAffected() == 0 {
		return runs.ErrNotFound
	}
	return classify(err)
}

// AddEdges records the edges that a run gives. Known edges stay as they are; runs.ErrNotFound when the run is gone.
func (s *Store) AddEdges(ctx context.Context, runID string, edges []runs.Edge) (added int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, edge := range edges {
			tag, err := tx.Exec(ctx, "INSERT INTO edges (source, relation, target, run_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
				edge.Source, edge.Relation, edge.Target, runID)
			if err != nil {
				return err
			}
			added += tag.RowsAffected()
		}
		return nil
	})
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "23503" {
		return 0, runs.ErrNotFound
	}
	return added, classify(err)
}

// Edges reads what the graph knows through one run.
func (s *Store) Edges(ctx context.Context, runID string) ([]runs.Edge, error) {
	rows, err := s.pool.Query(ctx, "SELECT source, relation, target FROM edges WHERE run_id = $1 ORDER BY source, relation, target", runID)
	if err != nil {
		return nil, classify(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[runs.Edge])
	return list, classify(err)
}

func scanRun(row pgx.Row) (runs.Run, error) {
	var run runs.Run
	err := row.Scan(&run.ID, &run.Client, &run.Input, &run.State, &run.Result, &run.CreatedAt, &run.CompletedAt)
	return run, err
}
