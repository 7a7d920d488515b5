// Command ui serves the built frontend from inside the binary and passes API calls on.
package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/server"
)

// built is where the image build puts the frontend's output before it compiles this command.
//
//go:embed all:static
var built embed.FS

func main() {
	settings := &config.UI{}
	server.Main("ui", settings, func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, settings) })
}

func run(ctx context.Context, log *slog.Logger, settings *config.UI) error {
	files, err := fs.Sub(built, "static")
	if err != nil {
		return fmt.Errorf("embedded frontend: %w", err)
	}
	site, err := newSite(files)
	if err != nil {
		return err
	}
	api, err := newAPIProxy(settings.APIURL, log)
	if err != nil {
		return err
	}
	return server.Serve(ctx, server.Service{
		Log:      log,
		Settings: settings.Service,
		Routes: func(mux *http.ServeMux) {
			mux.Handle("/api/", secured(api))
			mux.Handle("/", secured(site))
		},
	})
}
