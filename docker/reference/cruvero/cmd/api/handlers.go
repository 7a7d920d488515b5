package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/problem"
	"slipway.example/cruvero/internal/quota"
	"slipway.example/cruvero/internal/runs"
	"slipway.example/cruvero/internal/store"
)

const (
	// requestTimeout is shorter than SHUTDOWN_TIMEOUT's default, so that even a stuck request ends in an orderly stop.
	requestTimeout = 3 * time.Second
	defaultLimit   = 20
	largestLimit   = 100
)

// runStore is what the handlers need of the database.
type runStore interface {
	Create(ctx context.Context, client, input string) (runs.Run, error)
	Get(ctx context.Context, id string) (runs.Run, error)
	List(ctx context.Context, limit int) ([]runs.Run, error)
	Edges(ctx context.Context, runID string) ([]runs.Edge, error)
}

// runQuota is what the handlers need of the cache.
type runQuota interface {
	Take(ctx context.Context, client string) (quota.Decision, error)
}

type handlers struct {
	log           *slog.Logger
	store         runStore
	quota         runQuota
	maxInputBytes int
	// announce tells the relay that an event waits.
	announce func()
}

// Made at start, so that each series begins at zero.
var (
	runsAccepted  = metrics.NewCounter("cruvero_runs_accepted_total")
	quotaRejected = metrics.NewCounter("cruvero_quota_rejected_total")
)

var (
	clientForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	runIDForm  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func (h *handlers) add(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/runs", h.create)
	mux.HandleFunc("GET /v1/runs", h.list)
	mux.HandleFunc("GET /v1/runs/{id}", h.get)
	mux.HandleFunc("GET /v1/runs/{id}/edges", h.edges)
}

func (h *handlers) create(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	client := r.Header.Get("X-Client-Id")
	if client == "" {
		client = "anonymous"
	}
	if !clientForm.MatchString(client) {
		problem.Write(w, http.StatusBadRequest, "X-Client-Id must be 1 to 64 letters, digits, dots, dashes or underscores")
		return
	}
	input, refusal := readInput(w, r, h.maxInputBytes)
	if refusal != nil {
		problem.Write(w, refusal.status, refusal.detail)
		return
	}
	decision, err := h.quota.Take(ctx, client)
	if err != nil {
		// Uncounted work would be unlimited work.
		h.fail(w, r, fmt.Errorf("%w: %w", errQuotaUnknown, err))
		return
	}
	if !decision.Allowed {
		quotaRejected.Inc()
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(decision.RetryAfter.Seconds())))))
		problem.Write(w, http.StatusTooManyRequests, "the quota of this client is used up; try again after the seconds in Retry-After")
		return
	}
	run, err := h.store.Create(ctx, client, input)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.announce()
	runsAccepted.Inc()
	w.Header().Set("Location", "/v1/runs/"+run.ID)
	h.write(w, http.StatusAccepted, run)
}

func (h *handlers) get(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	if run, found := h.find(ctx, w, r); found {
		h.write(w, http.StatusOK, run)
	}
}

func (h *handlers) edges(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	run, found := h.find(ctx, w, r)
	if !found {
		return
	}
	edges, err := h.store.Edges(ctx, run.ID)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, http.StatusOK, map[string][]runs.Edge{"edges": emptyNotNull(edges)})
}

func (h *handlers) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	limit := defaultLimit
	if text := r.URL.Query().Get("limit"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 || number > largestLimit {
			problem.Write(w, http.StatusBadRequest, fmt.Sprintf("limit must be a whole number from 1 to %d", largestLimit))
			return
		}
		limit = number
	}
	list, err := h.store.List(ctx, limit)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, http.StatusOK, map[string][]runs.Run{"runs": emptyNotNull(list)})
}

// find reads the run that the path names, or answers why it cannot.
func (h *handlers) find(ctx context.Context, w http.ResponseWriter, r *http.Request) (runs.Run, bool) {
	id := r.PathValue("id")
	if !runIDForm.MatchString(id) {
		problem.Write(w, http.StatusBadRequest, "a run's identifier is a UUID in lower case")
		return runs.Run{}, false
	}
	run, err := h.store.Get(ctx, id)
	if err != nil {
		h.fail(w, r, err)
		return runs.Run{}, false
	}
	return run, true
}

var errQuotaUnknown = errors.New("the quota cannot be counted")

// fail answers for a failed dependency: the class to the caller, the details to the log.
func (h *handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, runs.ErrNotFound) {
		problem.Write(w, http.StatusNotFound, "there is no such run")
		return
	}
	h.log.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "error", err.Error())
	for _, known := range []error{errQuotaUnknown, store.ErrNotMigrated, store.ErrUnavailable} {
		if errors.Is(err, known) {
			w.Header().Set("Retry-After", "5")
			problem.Write(w, http.StatusServiceUnavailable, known.Error())
			return
		}
	}
	problem.Write(w, http.StatusInternalServerError, "an unexpected failure; the log has the details")
}

func (h *handlers) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		h.log.Debug("answer not sent", "error", err.Error())
	}
}

func emptyNotNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
