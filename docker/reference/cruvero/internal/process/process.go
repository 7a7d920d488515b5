// Package process is the frame of every command: settings, log, signals, exit code.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"syscall"

	"slipway.example/cruvero/internal/config"
)

// Exit codes of every command.
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
)

// Run loads the settings from the environment, then calls work with a context that SIGTERM or SIGINT ends.
// It returns the exit code: 0 when work returned nil, 2 when the configuration was refused, 1 otherwise.
func Run(component string, settings config.Settings, out io.Writer, work func(ctx context.Context, log *slog.Logger) error) int {
	log := newLogger(out, slog.LevelInfo, component)
	if err := config.FromEnvironment(settings); err != nil {
		return Fail(log, err)
	}
	log = newLogger(out, settings.Logging().LogLevel, component)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// A second signal must end the process at once, so the handler goes as soon as the first one came.
	context.AfterFunc(ctx, stop)

	if err := work(ctx, log); err != nil {
		return Fail(log, err)
	}
	return ExitOK
}

// Usage logs why the arguments were refused and returns the exit code for it.
func Usage(component string, out io.Writer, allowed string, arguments []string) int {
	newLogger(out, slog.LevelInfo, component).Error("arguments refused", "given", arguments, "allowed", allowed)
	return ExitUsage
}

// Fail writes the one line that explains a failure and returns the exit code for it.
func Fail(log *slog.Logger, err error) int {
	var refused *config.RefusedError
	if errors.As(err, &refused) {
		log.Error("configuration refused",
			"missing", emptyNotNull(refused.Missing), "malformed", emptyNotNull(refused.Malformed),
			"next", "set these environment variables; deploy/config/cruvero.yaml describes each key")
		return ExitUsage
	}
	log.Error("stopped by a failure", "error", fmt.Sprint(err))
	return ExitFailure
}

func newLogger(out io.Writer, level slog.Level, component string) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})).With("component", component)
}

func emptyNotNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
