package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/events"
	"slipway.example/cruvero/internal/runs"
)

var runsCompleted = metrics.NewCounter("cruvero_runs_completed_total")

// completer is what the work needs of the database.
type completer interface {
	Complete(ctx context.Context, id string, result runs.Result) error
}

// publisher is what the work needs of the event bus.
type publisher interface {
	Publish(ctx context.Context, subject, identifier string, payload []byte) error
}

type work struct {
	log       *slog.Logger
	store     completer
	publisher publisher
}

// complete stores the result first and announces it then. A repeated event stores the same result again, which changes nothing,
// and announces it again under the same identifier.
func (w *work) complete(ctx context.Context, event runs.Requested) error {
	result := transform(event.Input)
	err := w.store.Complete(ctx, event.RunID, result)
	if errors.Is(err, runs.ErrNotFound) {
		return events.Permanent(fmt.Errorf("run %s: %w", event.RunID, err))
	}
	if err != nil {
		return err
	}
	payload, err := json.Marshal(runs.CompletedEvent{RunID: event.RunID, Client: event.Client, Input: event.Input, Result: result})
	if err != nil {
		return events.Permanent(fmt.Errorf("encode event: %w", err))
	}
	if err := w.publisher.Publish(ctx, runs.SubjectCompleted, event.RunID+":completed", payload); err != nil {
		return err
	}
	runsCompleted.Inc()
	w.log.Info("run completed", "run", event.RunID)
	return nil
}

// transform stands in for real work: the same input always gives the same result.
func transform(input string) runs.Result {
	sum := sha256.Sum256([]byte(input))
	return runs.Result{
		Characters: utf8.RuneCountInString(input),
		Words:      len(strings.Fields(input)),
		SHA256:     hex.EncodeToString(sum[:]),
	}
}
