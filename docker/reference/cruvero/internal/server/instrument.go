package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/problem"
)

// instrument counts and logs each request and turns a panic into a 500.
func instrument(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		recorder := &statusRecorder{ResponseWriter: w}
		defer func() {
			failure := recover()
			if failure == http.ErrAbortHandler {
				panic(failure)
			}
			if failure != nil {
				log.Error("a handler panicked", "panic", fmt.Sprint(failure), "stack", string(debug.Stack()))
				if recorder.status == 0 {
					problem.Write(recorder, http.StatusInternalServerError, "an unexpected failure; the log has the details")
				}
			}
			record(log, r, recorder.code(), time.Since(began))
		}()
		next.ServeHTTP(recorder, r)
	})
}

func record(log *slog.Logger, r *http.Request, code int, took time.Duration) {
	// The pattern, not the path: identifiers in paths would make a new series for each run.
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	metrics.GetOrCreateCounter(fmt.Sprintf("cruvero_http_requests_total{route=%q,method=%q,code=\"%d\"}", route, knownMethod(r.Method), code)).Inc()
	metrics.GetOrCreateSummary(fmt.Sprintf("cruvero_http_request_seconds{route=%q}", route)).Update(took.Seconds())
	level := slog.LevelInfo
	if isOperations(route) {
		level = slog.LevelDebug
	}
	log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "code", code, "seconds", took.Seconds())
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

func isOperations(route string) bool {
	_, path, _ := strings.Cut(route, " ")
	return path == "/livez" || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// statusRecorder remembers the status that was sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 && status >= http.StatusOK {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(content []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(content)
}

// Unwrap lets http.ResponseController reach the connection, which the reverse proxy needs to flush.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusRecorder) code() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}
