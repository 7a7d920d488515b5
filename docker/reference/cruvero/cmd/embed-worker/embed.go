package main

import (
	"context"
	"hash/fnv"
	"log/slog"
	"math"
	"strings"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/runs"
)

// dimensions is the length of every vector.
const dimensions = 32

var vectorsStored = metrics.NewCounter("cruvero_vectors_stored_total")

// vectorStore is where vectors are kept.
type vectorStore interface {
	upsert(ctx context.Context, event runs.CompletedEvent, vector []float64) error
}

// embedder computes vectors; without a store it lets each event pass.
type embedder struct {
	log     *slog.Logger
	vectors vectorStore
}

// embed stores the vector of a completed run under the run's identifier, so a repeated event replaces it by itself.
func (e *embedder) embed(ctx context.Context, event runs.CompletedEvent) error {
	if e.vectors == nil {
		return nil
	}
	if err := e.vectors.upsert(ctx, event, vectorOf(event.Input)); err != nil {
		return err
	}
	vectorsStored.Inc()
	e.log.Info("vector stored", "run", event.RunID)
	return nil
}

// vectorOf hashes each word into one of the dimensions and scales the sum to length one: texts that share words lie close.
func vectorOf(text string) []float64 {
	vector := make([]float64, dimensions)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		hash := fnv.New32a()
		hash.Write([]byte(word))
		sum := hash.Sum32()
		sign := 1.0
		if sum&(1<<31) != 0 {
			sign = -1
		}
		vector[sum%dimensions] += sign
	}
	length := 0.0
	for _, value := range vector {
		length += value * value
	}
	if length == 0 {
		// Words may cancel each other out, and cosine distance knows no zero vector.
		vector[0] = 1
		return vector
	}
	for i := range vector {
		vector[i] /= math.Sqrt(length)
	}
	return vector
}
