package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/health"
)

// addOperations adds what operators and probes ask for. Liveness says only that the process serves; readiness asks the dependencies.
func addOperations(mux *http.ServeMux, service Service, running context.Context) {
	alive := func(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "ok", nil) }
	mux.HandleFunc("GET /livez", alive)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", newReadiness(service, running))
	metrics.ExposeMetadata(true)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		metrics.WritePrometheus(w, true)
	})
}

func newReadiness(service Service, running context.Context) http.HandlerFunc {
	var unready atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) {
		if running.Err() != nil {
			writeStatus(w, http.StatusServiceUnavailable, "stopping", nil)
			return
		}
		results := health.Evaluate(r.Context(), service.Checks)
		var failures []any
		for _, result := range results {
			if result.Failed() {
				failures = append(failures, slog.String(result.Name, result.Err.Error()))
			}
		}
		failed := len(failures) > 0
		// Probes ask every few seconds: only the change is worth a line.
		if unready.Swap(failed) != failed {
			if failed {
				service.Log.Warn("not ready", slog.Group("failures", failures...))
			} else {
				service.Log.Info("ready again")
			}
		}
		if failed {
			writeStatus(w, http.StatusServiceUnavailable, "unavailable", results)
			return
		}
		writeStatus(w, http.StatusOK, "ok", results)
	}
}

func writeStatus(w http.ResponseWriter, code int, status string, checks []health.Result) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	// The status is out; a probe that is gone by now cannot be told anything more.
	_ = json.NewEncoder(w).Encode(struct {
		Status string          `json:"status"`
		Checks []health.Result `json:"checks,omitempty"`
	}{status, checks})
}
