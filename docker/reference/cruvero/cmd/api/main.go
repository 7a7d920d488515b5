// Command api takes runs over HTTP, stores them and announces them.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/events"
	"slipway.example/cruvero/internal/health"
	"slipway.example/cruvero/internal/quota"
	"slipway.example/cruvero/internal/server"
	"slipway.example/cruvero/internal/store"
)

func main() {
	settings := &config.API{}
	server.Main("api", settings, func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, settings) })
}

func run(ctx context.Context, log *slog.Logger, settings *config.API) error {
	database, err := store.Open(settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer database.Close()
	bus, err := events.Connect(settings.Events, "api", log)
	if err != nil {
		return err
	}
	defer bus.Close()
	limits, err := quota.Open(quota.Settings{
		CacheURL: settings.CacheURL, Password: settings.CachePassword, Limit: settings.QuotaLimit, Window: settings.QuotaWindow,
	}, log, time.Now)
	if err != nil {
		return err
	}
	defer func() { _ = limits.Close() }()
	if settings.TemporalAddress != "" {
		log.Info("the Temporal address is noted and not dialled", "address", settings.TemporalAddress)
	}

	outbox := newRelay(database, bus, settings.OutboxPollInterval, log)
	handlers := &handlers{log: log, store: database, quota: limits, maxInputBytes: settings.RunInputMaxBytes, announce: outbox.wake}
	return server.Serve(ctx, server.Service{
		Log:      log,
		Settings: settings.Service,
		Routes:   func(mux *http.ServeMux) { handlers.add(mux) },
		Checks: []health.Check{
			{Name: "postgresql", Run: database.Check},
			{Name: "nats", Run: bus.Check},
			{Name: "cache", Run: limits.Check},
		},
		Tasks: []server.Task{{Name: "outbox", Run: outbox.run}},
	})
}
