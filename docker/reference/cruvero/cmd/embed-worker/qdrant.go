package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"slipway.example/cruvero/internal/runs"
)

// qdrant speaks the part of Qdrant's HTTP interface that one collection needs.
type qdrant struct {
	base       string
	apiKey     string
	collection string
	client     *http.Client
	// created remembers that the collection was there, to spare a request per event.
	created atomic.Bool
}

func newQdrant(base, apiKey, collection string) *qdrant {
	return &qdrant{
		base: strings.TrimRight(base, "/"), apiKey: apiKey, collection: collection,
		client: &http.Client{
			Timeout: 3 * time.Second,
			// A transport of its own: the default one would take a proxy from the environment, past the registry of keys.
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: time.Second}).DialContext,
				MaxIdleConnsPerHost: 4,
				IdleConnTimeout:     time.Minute,
			},
		},
	}
}

func (q *qdrant) check(ctx context.Context) error {
	status, err := q.send(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return err
	}
	return expect("readiness", status, http.StatusOK)
}

func (q *qdrant) upsert(ctx context.Context, event runs.CompletedEvent, vector []float64) error {
	if err := q.ensureCollection(ctx); err != nil {
		return err
	}
	type point struct {
		ID      string            `json:"id"`
		Vector  []float64         `json:"vector"`
		Payload map[string]string `json:"payload"`
	}
	body := map[string][]point{"points": {{
		ID: event.RunID, Vector: vector, Payload: map[string]string{"client": event.Client, "sha256": event.Result.SHA256},
	}}}
	status, err := q.send(ctx, http.MethodPut, "/collections/"+q.collection+"/points?wait=true", body)
	if err != nil {
		return err
	}
	if status == http.StatusNotFound {
		// Somebody removed the collection: the next delivery makes it again.
		q.created.Store(false)
	}
	return expect("upsert", status, http.StatusOK)
}

func (q *qdrant) ensureCollection(ctx context.Context) error {
	if q.created.Load() {
		return nil
	}
	path := "/collections/" + q.collection
	status, err := q.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if status == http.StatusNotFound {
		body := map[string]any{"vectors": map[string]any{"size": dimensions, "distance": "Cosine"}}
		if status, err = q.send(ctx, http.MethodPut, path, body); err != nil {
			return err
		}
	}
	// Conflict: another replica was faster.
	if err := expect("collection", status, http.StatusOK, http.StatusConflict); err != nil {
		return err
	}
	q.created.Store(true)
	return nil
}

func (q *qdrant) send(ctx context.Context, method, path string, body any) (status int, err error) {
	content := io.Reader(http.NoBody)
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, fmt.Errorf("qdrant: %w", err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, q.base+path, content)
	if err != nil {
		return 0, fmt.Errorf("qdrant: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if q.apiKey != "" {
		request.Header.Set("api-key", q.apiKey)
	}
	response, err := q.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("qdrant: %w", err)
	}
	defer response.Body.Close()
	// Read to the end, or the connection cannot be used again.
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return 0, fmt.Errorf("qdrant: %w", err)
	}
	return response.StatusCode, nil
}

func expect(what string, status int, allowed ...int) error {
	for _, one := range allowed {
		if status == one {
			return nil
		}
	}
	return fmt.Errorf("qdrant: %s answered %d", what, status)
}
