package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

// running is a service on a free port of this host.
type running struct {
	base   string
	port   int
	stop   context.CancelFunc
	result chan error
}

func start(t *testing.T, service Service) running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if service.Log == nil {
		service.Log = slog.New(slog.DiscardHandler)
	}
	if service.Settings.ShutdownTimeout == 0 {
		service.Settings.ShutdownTimeout = 2 * time.Second
	}
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- serve(ctx, service, listener) }()
	return running{base: "http://" + listener.Addr().String(), port: listener.Addr().(*net.TCPAddr).Port, stop: stop, result: result}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestOperationsRoutes(t *testing.T) {
	service := start(t, Service{Checks: []health.Check{
		{Name: "postgresql", Run: func(context.Context) error { return errors.New("password=hunter2") }},
		{Name: "nats", Run: func(context.Context) error { return nil }},
	}})
	for path, want := range map[string]string{
		"/livez":   `200 {"status":"ok"}`,
		"/healthz": `200 {"status":"ok"}`,
		"/readyz":  `503 {"status":"unavailable","checks":[{"name":"postgresql","status":"failed","reason":"error"},{"name":"nats","status":"ok"}]}`,
	} {
		status, body := get(t, service.base+path)
		if got := fmt.Sprintf("%d %s", status, strings.TrimSpace(body)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if _, body := get(t, service.base+"/metrics"); !strings.Contains(body, `cruvero_http_requests_total{route="GET /livez",method="GET",code="200"}`) {
		t.Errorf("the request is not counted in\n%s", body)
	}
}

func TestReadinessIsLoggedWhenItChanges(t *testing.T) {
	var log bytes.Buffer
	service := start(t, Service{
		Log:    slog.New(slog.NewTextHandler(&log, nil)),
		Checks: []health.Check{{Name: "nats", Run: func(context.Context) error { return errors.New("away") }}},
	})
	for range 3 {
		get(t, service.base+"/readyz")
	}
	service.stop()
	if err := <-service.result; err != nil {
		t.Fatal(err)
	}
	if count := strings.Count(log.String(), "not ready"); count != 1 {
		t.Fatalf("logged %d times:\n%s", count, log.String())
	}
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	begun, finished := make(chan struct{}), make(chan struct{})
	service := start(t, Service{
		Routes: func(mux *http.ServeMux) {
			mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
				close(begun)
				time.Sleep(200 * time.Millisecond)
				_, _ = io.WriteString(w, "done")
			})
		},
		Tasks: []Task{{"task", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(100 * time.Millisecond)
			close(finished)
			return ctx.Err()
		}}},
	})
	body := make(chan string, 1)
	go func() {
		response, err := http.Get(service.base + "/slow")
		if err != nil {
			body <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		body <- string(text)
	}()
	<-begun
	service.stop()
	if err := <-service.result; err != nil {
		t.Fatal(err)
	}
	if got := <-body; got != "done" {
		t.Fatalf("the request in flight got %q", got)
	}
	select {
	case <-finished:
	default:
		t.Fatal("the task was not finished")
	}
}

func TestStopEndsKeptConnectionsWithAnAnswer(t *testing.T) {
	service := start(t, Service{
		Settings: config.Service{ShutdownTimeout: 10 * time.Second},
		Routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /runs", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
		},
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	ask := func() (isLast bool) {
		response, err := client.Post(service.base+"/runs", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusAccepted {
			t.Fatalf("got %d", response.StatusCode)
		}
		return response.Close
	}
	if ask() {
		t.Fatal("a connection was ended before the stop")
	}
	service.stop()
	if !ask() {
		t.Fatal("the next request would be sent to a service that is gone")
	}
	if err := <-service.result; err != nil {
		t.Fatal(err)
	}
}

func TestStopNamesWhatHangs(t *testing.T) {
	service := start(t, Service{
		Settings: config.Service{ShutdownTimeout: 50 * time.Millisecond},
		Tasks:    []Task{{"outbox", func(context.Context) error { select {} }}},
	})
	service.stop()
	err := <-service.result
	if err == nil || err.Error() != "not finished within 50ms: [outbox]" {
		t.Fatalf("got %v", err)
	}
}

func TestAFailedTaskStopsTheService(t *testing.T) {
	service := start(t, Service{Tasks: []Task{{"edges", func(context.Context) error { return errors.New("broken") }}}})
	if err := <-service.result; err == nil || err.Error() != "edges: broken" {
		t.Fatalf("got %v", err)
	}
}

func TestAPanicIsA500(t *testing.T) {
	service := start(t, Service{Routes: func(mux *http.ServeMux) {
		mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("hunter2") })
	}})
	if status, body := get(t, service.base+"/broken"); status != http.StatusInternalServerError || strings.Contains(body, "hunter2") {
		t.Fatalf("got %d %s", status, body)
	}
}

func TestProbeOfAnotherServiceIsPatient(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, "here")
	}))
	defer other.Close()
	var out strings.Builder
	if err := probeOther(t.Context(), other.URL+"/readyz", &out, time.Minute); err != nil || out.String() != "here" {
		t.Errorf("got %v and %q", err, out.String())
	}
	asked.Store(-1000)
	if err := probeOther(t.Context(), other.URL+"/readyz", io.Discard, 0); err == nil || err.Error() != "probe: /readyz answered 503" {
		t.Errorf("got %v", err)
	}
}

func TestProbe(t *testing.T) {
	service := start(t, Service{Checks: []health.Check{{Name: "nats", Run: func(context.Context) error { return errors.New("away") }}}})
	if err := probe(t.Context(), ownAddress(service.port, "livez"), io.Discard); err != nil {
		t.Errorf("livez: %v", err)
	}
	if err := probe(t.Context(), ownAddress(service.port, "readyz"), io.Discard); err == nil || err.Error() != "probe: /readyz answered 503" {
		t.Errorf("readyz: got %v", err)
	}
	service.stop()
	<-service.result
	if err := probe(t.Context(), ownAddress(service.port, "livez"), io.Discard); err == nil {
		t.Error("a service that is gone passed its probe")
	}
}
