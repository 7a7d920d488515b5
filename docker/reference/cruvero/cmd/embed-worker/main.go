// Command embed-worker turns the input of completed runs into vectors and keeps them in Qdrant when there is one.
package main

import (
	"context"
	"log/slog"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/events"
	"slipway.example/cruvero/internal/health"
	"slipway.example/cruvero/internal/runs"
	"slipway.example/cruvero/internal/server"
)

func main() {
	settings := &config.EmbedWorker{}
	server.Main("embed-worker", settings, func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, settings) })
}

func run(ctx context.Context, log *slog.Logger, settings *config.EmbedWorker) error {
	bus, err := events.Connect(settings.Events, "embed-worker", log)
	if err != nil {
		return err
	}
	defer bus.Close()
	checks := []health.Check{{Name: "nats", Run: bus.Check}}
	embedder := &embedder{log: log}
	if settings.QdrantURL == "" {
		log.Info("QDRANT_URL is not set: events are acknowledged and no vectors are kept")
	} else {
		collection := newQdrant(settings.QdrantURL, settings.QdrantAPIKey, settings.QdrantCollection)
		embedder.vectors = collection
		checks = append(checks, health.Check{Name: "qdrant", Run: collection.check})
	}
	return server.Serve(ctx, server.Service{
		Log:      log,
		Settings: settings.Service,
		Checks:   checks,
		Tasks: []server.Task{{Name: "vectors", Run: func(ctx context.Context) error {
			return bus.Consume(ctx, "embed-worker", runs.SubjectCompleted, events.Decode(embedder.embed))
		}}},
	})
}
