package main

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"

	"slipway.example/cruvero/internal/runs"
)

// recorder notes in order what the work does, and fails when told to.
type recorder struct {
	steps                       []string
	completeError, publishError error
}

func (r *recorder) Complete(_ context.Context, id string, _ runs.Result) error {
	r.steps = append(r.steps, "complete "+id)
	return r.completeError
}

func (r *recorder) Publish(_ context.Context, subject, identifier string, payload []byte) error {
	r.steps = append(r.steps, "publish "+subject+" "+identifier+" "+string(payload))
	return r.publishError
}

var event = runs.Requested{RunID: "1", Client: "alice", Input: "hé llo"}

func complete(t *testing.T, r *recorder) error {
	t.Helper()
	return (&work{log: slog.New(slog.DiscardHandler), store: r, publisher: r}).complete(t.Context(), event)
}

func TestCompleteStoresBeforeItAnnounces(t *testing.T) {
	r := &recorder{}
	if err := complete(t, r); err != nil {
		t.Fatal(err)
	}
	sum := transform(event.Input).SHA256
	want := []string{"complete 1", `publish cruvero.run.completed 1:completed {"runId":"1","client":"alice","input":"hé llo","result":{"characters":6,"words":2,"sha256":"` + sum + `"}}`}
	if !reflect.DeepEqual(r.steps, want) {
		t.Fatalf("got %q, want %q", r.steps, want)
	}
}

func TestCompleteFailsSoThatTheEventComesAgain(t *testing.T) {
	down := errors.New("down")
	if err := complete(t, &recorder{completeError: down}); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	if err := complete(t, &recorder{publishError: down}); !errors.Is(err, down) {
		t.Errorf("a result that nobody heard of was acknowledged: %v", err)
	}
}

func TestCompleteAnnouncesNothingForALostRun(t *testing.T) {
	r := &recorder{completeError: runs.ErrNotFound}
	if err := complete(t, r); !errors.Is(err, runs.ErrNotFound) || len(r.steps) != 1 {
		t.Fatalf("got %v, %q", err, r.steps)
	}
}

func TestTransformIsDeterministic(t *testing.T) {
	want := runs.Result{Characters: 15, Words: 3, SHA256: "aa24b3d1b662488d5064a120857e6febbfb4abc310205c782889191ea1fd1680"}
	if got := transform("hello big world"); got != want {
		t.Fatalf("got %+v", got)
	}
}
