package main

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"

	"slipway.example/cruvero/internal/runs"
)

type fakeEdges struct {
	runID string
	edges []runs.Edge
	err   error
}

func (f *fakeEdges) AddEdges(_ context.Context, runID string, edges []runs.Edge) (int64, error) {
	f.runID, f.edges = runID, edges
	return int64(len(edges)), f.err
}

var event = runs.CompletedEvent{RunID: "1", Client: "alice", Result: runs.Result{SHA256: "abc"}}

func TestRecordStoresTheEdgesOfARun(t *testing.T) {
	edges := &fakeEdges{}
	if err := (&graph{log: slog.New(slog.DiscardHandler), store: edges}).record(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	want := &fakeEdges{runID: "1", edges: []runs.Edge{
		{Source: "client:alice", Relation: "requested", Target: "run:1"},
		{Source: "run:1", Relation: "produced", Target: "result:abc"},
	}}
	if !reflect.DeepEqual(edges, want) {
		t.Fatalf("got %+v, want %+v", edges, want)
	}
}

func TestRecordFailsSoThatTheEventComesAgain(t *testing.T) {
	for _, failure := range []error{errors.New("down"), runs.ErrNotFound} {
		err := (&graph{log: slog.New(slog.DiscardHandler), store: &fakeEdges{err: failure}}).record(t.Context(), event)
		if !errors.Is(err, failure) {
			t.Errorf("got %v, want %v", err, failure)
		}
	}
}
