package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"slipway.example/cruvero/internal/runs"
)

var event = runs.CompletedEvent{RunID: "11111111-2222-4333-8444-555555555555", Client: "alice", Input: "hello world", Result: runs.Result{SHA256: "abc"}}

// fakeQdrant answers as Qdrant does for one collection and notes the requests.
type fakeQdrant struct {
	exists   bool
	apiKey   string
	requests []string
	point    map[string]any
}

func (f *fakeQdrant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI())
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.Header.Get("api-key") != f.apiKey:
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodGet && r.URL.Path == "/readyz":
	case r.Method == http.MethodPut && r.URL.Path == "/collections/runs":
		if string(body) != fmt.Sprintf(`{"vectors":{"distance":"Cosine","size":%d}}`, dimensions) {
			w.WriteHeader(http.StatusBadRequest)
		}
		f.exists = true
	case !f.exists:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPut:
		var sent struct{ Points []map[string]any }
		if json.Unmarshal(body, &sent) != nil || len(sent.Points) != 1 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.point = sent.Points[0]
	}
}

func start(t *testing.T, fake *fakeQdrant, apiKey string) *embedder {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return &embedder{log: slog.New(slog.DiscardHandler), vectors: newQdrant(server.URL+"/", apiKey, "runs")}
}

func TestEmbedMakesTheCollectionOnceAndUpserts(t *testing.T) {
	fake := &fakeQdrant{apiKey: "key"}
	embedder := start(t, fake, "key")
	for range 2 {
		if err := embedder.embed(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	upsert := "PUT /collections/runs/points?wait=true"
	if want := []string{"GET /collections/runs", "PUT /collections/runs", upsert, upsert}; !reflect.DeepEqual(fake.requests, want) {
		t.Fatalf("got %q, want %q", fake.requests, want)
	}
	vector, _ := fake.point["vector"].([]any)
	if fake.point["id"] != event.RunID || len(vector) != dimensions {
		t.Fatalf("got %v", fake.point)
	}
}

func TestEmbedMakesTheCollectionAgain(t *testing.T) {
	fake := &fakeQdrant{}
	embedder := start(t, fake, "")
	if err := embedder.embed(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	fake.exists = false
	if err := embedder.embed(t.Context(), event); err == nil {
		t.Fatal("a vector that was not stored was acknowledged")
	}
	if err := embedder.embed(t.Context(), event); err != nil {
		t.Fatalf("the next delivery: %v", err)
	}
}

func TestEmbedFailsOnARefusedKey(t *testing.T) {
	if err := start(t, &fakeQdrant{apiKey: "key"}, "hunter2").embed(t.Context(), event); err == nil || err.Error() != "qdrant: collection answered 403" {
		t.Fatalf("got %v", err)
	}
}

func TestEmbedWithoutAStoreLetsEventsPass(t *testing.T) {
	if err := (&embedder{}).embed(t.Context(), event); err != nil {
		t.Fatal(err)
	}
}

func TestCheckAsksForReadiness(t *testing.T) {
	server := httptest.NewServer(&fakeQdrant{})
	if err := newQdrant(server.URL, "", "runs").check(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if err := newQdrant(server.URL, "", "runs").check(t.Context()); err == nil {
		t.Fatal("a server that is gone is not ready")
	}
}

func TestVectorsHaveLengthOneAndLieCloseForSharedWords(t *testing.T) {
	for _, text := range []string{"hello world", "", "a b c d e f g h"} {
		if length := math.Sqrt(dot(vectorOf(text), vectorOf(text))); math.Abs(length-1) > 1e-9 {
			t.Errorf("%q: length %f", text, length)
		}
	}
	near := dot(vectorOf("the quick brown fox"), vectorOf("The QUICK brown dog"))
	far := dot(vectorOf("the quick brown fox"), vectorOf("entirely different words here"))
	if near <= far {
		t.Fatalf("shared words %f, other words %f", near, far)
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
