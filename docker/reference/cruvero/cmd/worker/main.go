// Command worker completes runs.
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
	settings := &config.Worker{}
	server.Main("worker", settings, func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, settings) })
}

func run(ctx context.Context, log *slog.Logger, settings *config.Worker) error {
	database, err := store.Open(settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer database.Close()
	bus, err := events.Connect(settings.Events, "worker", log)
	if err != nil {
		return err
	}
	defer bus.Close()
	if settings.TemporalAddress != "" {
		log.Info("the Temporal address is noted and not dialled", "address", settings.TemporalAddress)
	}

	work := &work{log: log, store: database, publisher: bus}
	return server.Serve(ctx, server.Service{
		Log:      log,
		Settings: settings.Service,
		Checks: []health.Check{
			{Name: "postgresql", Run: database.Check},
			{Name: "nats", Run: bus.Check},
		},
		Tasks: []server.Task{{Name: "runs", Run: func(ctx context.Context) error {
			return bus.Consume(ctx, "worker", runs.SubjectRequested, events.Decode(work.complete))
		}}},
	})
}
