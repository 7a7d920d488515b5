package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"slipway.example/cruvero/internal/quota"
	"slipway.example/cruvero/internal/runs"
	"slipway.example/cruvero/internal/store"
)

const knownID = "11111111-2222-4333-8444-555555555555"

// fakeStore holds at most one run and fails when told to.
type fakeStore struct {
	created []runs.Run
	err     error
}

func (f *fakeStore) Create(_ context.Context, client, input string) (runs.Run, error) {
	run := runs.Run{ID: knownID, Client: client, Input: input, State: runs.Queued}
	if f.err == nil {
		f.created = append(f.created, run)
	}
	return run, f.err
}

func (f *fakeStore) Get(_ context.Context, id string) (runs.Run, error) {
	if f.err == nil && id != knownID {
		return runs.Run{}, runs.ErrNotFound
	}
	return runs.Run{ID: id}, f.err
}

func (f *fakeStore) List(_ context.Context, limit int) ([]runs.Run, error) {
	return []runs.Run{{ID: fmt.Sprint("limit ", limit)}}, f.err
}

func (f *fakeStore) Edges(context.Context, string) ([]runs.Edge, error) { return nil, f.err }

// fakeQuota gives the same answer to everybody and remembers who asked.
type fakeQuota struct {
	decision quota.Decision
	err      error
	clients  []string
}

func (f *fakeQuota) Take(_ context.Context, client string) (quota.Decision, error) {
	f.clients = append(f.clients, client)
	return f.decision, f.err
}

type fixture struct {
	store     *fakeStore
	quota     *fakeQuota
	announced int
	mux       *http.ServeMux
}

func newFixture() *fixture {
	made := &fixture{store: &fakeStore{}, quota: &fakeQuota{decision: quota.Decision{Allowed: true}}, mux: http.NewServeMux()}
	made.handlers().add(made.mux)
	return made
}

func (f *fixture) handlers() *handlers {
	return &handlers{
		log: slog.New(slog.DiscardHandler), store: f.store, quota: f.quota, maxInputBytes: 10, announce: func() { f.announced++ },
	}
}

func (f *fixture) post(body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/v1/runs", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	f.mux.ServeHTTP(recorder, request)
	return recorder
}

func (f *fixture) get(path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	f.mux.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	return recorder
}

func TestCreateStoresAndAnnounces(t *testing.T) {
	f := newFixture()
	response := f.post(`{"input": "hello"}`, "X-Client-Id", "alice")
	if response.Code != http.StatusAccepted || response.Header().Get("Location") != "/v1/runs/"+knownID {
		t.Fatalf("got %d %v", response.Code, response.Header())
	}
	var run runs.Run
	if err := json.Unmarshal(response.Body.Bytes(), &run); err != nil || run != f.store.created[0] || run.State != runs.Queued || run.Client != "alice" {
		t.Fatalf("got %+v, %v", run, err)
	}
	if f.announced != 1 {
		t.Fatalf("announced %d times", f.announced)
	}
	f.post(`{"input": "hello"}`)
	if got := strings.Join(f.quota.clients, ","); got != "alice,anonymous" {
		t.Fatalf("counted for %s", got)
	}
}

func TestCreateRefusesAndStoresNothing(t *testing.T) {
	for _, row := range []struct {
		name, body string
		headers    []string
		want       int
	}{
		{"another media type", `{"input":"x"}`, []string{"Content-Type", "text/plain"}, 415},
		{"no JSON", `input=x`, nil, 400},
		{"no input", `{}`, nil, 400},
		{"null", `{"input":null}`, nil, 400},
		{"an unknown field", `{"input":"x","priority":1}`, nil, 400},
		{"a second value", `{"input":"x"}{"input":"y"}`, nil, 400},
		{"a blank input", `{"input":" \n"}`, nil, 400},
		{"a NUL character", `{"input":"a\u0000b"}`, nil, 400},
		{"bytes that are not UTF-8", "{\"input\":\"\xff\"}", nil, 400},
		{"an input that is too long", `{"input":"12345678901"}`, nil, 413},
		{"a body that is too long", `{"input":"` + strings.Repeat("x", 4096) + `"}`, nil, 413},
		{"a client name with a slash", `{"input":"x"}`, []string{"X-Client-Id", "a/b"}, 400},
		{"a client name that is too long", `{"input":"x"}`, []string{"X-Client-Id", strings.Repeat("a", 65)}, 400},
	} {
		f := newFixture()
		response := f.post(row.body, row.headers...)
		if response.Code != row.want || len(f.store.created) != 0 || len(f.quota.clients) != 0 {
			t.Errorf("%s: got %d %s", row.name, response.Code, response.Body)
		}
		if got := response.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: content type %s", row.name, got)
		}
	}
}

func TestCreateObeysTheQuota(t *testing.T) {
	f := newFixture()
	f.quota.decision = quota.Decision{RetryAfter: 1200 * time.Millisecond}
	if response := f.post(`{"input":"x"}`); response.Code != http.StatusTooManyRequests || response.Header().Get("Retry-After") != "2" {
		t.Fatalf("got %d %v", response.Code, response.Header())
	}
	f.quota.err = errors.New("redis password hunter2")
	if response := f.post(`{"input":"x"}`); response.Code != http.StatusServiceUnavailable || strings.Contains(response.Body.String(), "hunter2") {
		t.Fatalf("uncounted work was taken: %d %s", response.Code, response.Body)
	}
	if len(f.store.created) != 0 {
		t.Fatal("a refused run was stored")
	}
}

func TestDatabaseFailures(t *testing.T) {
	for _, row := range []struct {
		err  error
		want int
	}{
		{fmt.Errorf("%w: hunter2", store.ErrUnavailable), 503},
		{fmt.Errorf("%w: hunter2", store.ErrNotMigrated), 503},
		{errors.New("hunter2"), 500},
	} {
		f := newFixture()
		f.store.err = row.err
		for _, response := range []*httptest.ResponseRecorder{f.post(`{"input":"x"}`), f.get("/v1/runs"), f.get("/v1/runs/" + knownID), f.get("/v1/runs/" + knownID + "/edges")} {
			if response.Code != row.want || strings.Contains(response.Body.String(), "hunter2") {
				t.Errorf("%v: got %d %s", row.err, response.Code, response.Body)
			}
		}
		if f.announced != 0 {
			t.Error("a run that was not stored was announced")
		}
	}
}

func TestReading(t *testing.T) {
	f := newFixture()
	for path, want := range map[string]int{
		"/v1/runs/" + knownID:                           200,
		"/v1/runs/" + strings.Repeat("0", 8) + "-x":     400,
		"/v1/runs/00000000-2222-4333-8444-555555555555": 404,
		"/v1/runs/" + knownID + "/edges":                200,
		"/v1/runs?limit=0":                              400,
		"/v1/runs?limit=101":                            400,
		"/v1/runs?limit=ten":                            400,
	} {
		if response := f.get(path); response.Code != want {
			t.Errorf("%s: got %d %s", path, response.Code, response.Body)
		}
	}
	if body := f.get("/v1/runs").Body.String(); !strings.Contains(body, `"limit 20"`) {
		t.Errorf("the default limit is not 20: %s", body)
	}
	if body := f.get("/v1/runs/" + knownID + "/edges").Body.String(); body != "{\"edges\":[]}\n" {
		t.Errorf("got %s", body)
	}
}
