package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"syscall"
	"testing"

	"slipway.example/cruvero/internal/config"
)

func TestRunRefusesABadEnvironmentInOneLine(t *testing.T) {
	t.Setenv("HTTP_PORT", "hunter2")
	t.Setenv("API_URL", "")
	var out bytes.Buffer
	code := Run("ui", &config.UI{}, &out, func(context.Context, *slog.Logger) error {
		t.Error("the work must not begin")
		return nil
	})
	if code != ExitUsage || bytes.Count(out.Bytes(), []byte("\n")) != 1 || bytes.Contains(out.Bytes(), []byte("hunter2")) {
		t.Fatalf("code %d, output %s", code, out.String())
	}
	var line struct {
		Level, Msg, Component string
		Missing               []string
		Malformed             []config.Problem
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.Level != "ERROR" || line.Component != "ui" || !reflect.DeepEqual(line.Missing, []string{"API_URL"}) || line.Malformed[0].Key != "HTTP_PORT" {
		t.Fatalf("got %+v", line)
	}
}

func TestRunExitCodes(t *testing.T) {
	t.Setenv("API_URL", "http://api:8080")
	for _, row := range []struct {
		name string
		work func(ctx context.Context, log *slog.Logger) error
		want int
	}{
		{"success", func(context.Context, *slog.Logger) error { return nil }, ExitOK},
		{"failure", func(context.Context, *slog.Logger) error { return errors.New("no") }, ExitFailure},
		{"a key found unusable later", func(context.Context, *slog.Logger) error { return config.Malformed("API_URL", "x") }, ExitUsage},
		{"SIGTERM", func(ctx context.Context, _ *slog.Logger) error {
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		}, ExitOK},
	} {
		t.Run(row.name, func(t *testing.T) {
			if code := Run("ui", &config.UI{}, &bytes.Buffer{}, row.work); code != row.want {
				t.Fatalf("got %d, want %d", code, row.want)
			}
		})
	}
}
