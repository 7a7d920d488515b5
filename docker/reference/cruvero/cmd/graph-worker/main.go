// Command graph-worker records how clients, runs and results hang together.
package main

import (
	"context"
	"log/slog"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/events"
	"slipway.example/cruvero/internal/health"
	"slipway.example/cruvero/internal/runs"
	"slipway.example/cruvero/internal/server"
	"slipway.example/cruvero/internal/store"
)

func main() {
	settings := &config.GraphWorker{}
	server.Main("graph-worker", settings, func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, settings) })
}

func run(ctx context.Context, log *slog.Logger, settings *config.GraphWorker) error {
	database, err := store.Open(settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer database.Close()
	bus, err := events.Connect(settings.Events, "graph-worker", log)
	if err != nil {
		return err
	}
	defer bus.Close()

	graph := &graph{log: log, store: database}
	return server.Serve(ctx, server.Service{
		Log:      log,
		Settings: settings.Service,
		Checks: []health.Check{
			{Name: "postgresql", Run: database.Check},
			{Name: "nats", Run: bus.Check},
		},
		Tasks: []server.Task{{Name: "edges", Run: func(ctx context.Context) error {
			return bus.Consume(ctx, "graph-worker", runs.SubjectCompleted, events.Decode(graph.record))
		}}},
	})
}
