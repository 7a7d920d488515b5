// Command migrate brings the database schema up to date and exits.
package main

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"os"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/process"
)

//go:embed migrations/*.sql
var embedded embed.FS

func main() {
	if arguments := os.Args[1:]; len(arguments) > 0 {
		os.Exit(process.Usage("migrate", os.Stdout, "no argument", arguments))
	}
	settings := &config.Migrate{}
	os.Exit(process.Run("migrate", settings, os.Stdout, func(ctx context.Context, log *slog.Logger) error {
		return run(ctx, log, settings, embedded)
	}))
}

func run(ctx context.Context, log *slog.Logger, settings *config.Migrate, files fs.FS) error {
	migrations, err := readMigrations(files)
	if err != nil {
		return err
	}
	connection, err := connect(ctx, log, settings.DatabaseURL, settings.DatabaseWaitTimeout)
	if err != nil {
		return err
	}
	defer closeConnection(connection)
	if err := lock(ctx, log, connection, settings.LockWaitTimeout); err != nil {
		return err
	}
	return migrate(ctx, log, connection, migrations)
}
