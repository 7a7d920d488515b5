package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/events"
	"slipway.example/cruvero/internal/runs"
)

var edgesRecorded = metrics.NewCounter("cruvero_edges_recorded_total")

// edgeStore is what the graph needs of the database.
type edgeStore interface {
	AddEdges(ctx context.Context, runID string, edges []runs.Edge) (int64, error)
}

type graph struct {
	log   *slog.Logger
	store edgeStore
}

// record stores the edges of a completed run; a repeated event adds none.
func (g *graph) record(ctx context.Context, event runs.CompletedEvent) error {
	added, err := g.store.AddEdges(ctx, event.RunID, edgesOf(event))
	if errors.Is(err, runs.ErrNotFound) {
		return events.Permanent(fmt.Errorf("run %s: %w", event.RunID, err))
	}
	if err != nil {
		return err
	}
	edgesRecorded.AddInt64(added)
	g.log.Info("edges recorded", "run", event.RunID, "added", added)
	return nil
}

func edgesOf(event runs.CompletedEvent) []runs.Edge {
	run := "run:" + event.RunID
	return []runs.Edge{
		{Source: "client:" + event.Client, Relation: "requested", Target: run},
		{Source: run, Relation: "produced", Target: "result:" + event.Result.SHA256},
	}
}
