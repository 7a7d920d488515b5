package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slipway.invalid/cluster/internal/request"
)

// play runs loads through phases of a given length and gives the report.
func play(t *testing.T, loads []Load, length time.Duration, phases map[string]func()) Report {
	t.Helper()
	folder := t.TempDir()
	type ended struct {
		report Report
		err    error
	}
	done := make(chan ended, 1)
	go func() {
		report, err := run(folder, loads)
		done <- ended{report, err}
	}()
	for _, name := range []string{"quiet", "loud", "late"} {
		begin, wanted := phases[name]
		if !wanted {
			continue
		}
		if err := command(folder, []string{"phase", name}); err != nil {
			t.Fatal(err)
		}
		begin()
		time.Sleep(length)
	}
	if err := command(folder, []string{"finish"}); err != nil {
		t.Fatal(err)
	}
	end := <-done
	if end.err != nil {
		t.Fatal(end.err)
	}
	return end.report
}

func TestRequestsAreCountedInThePhaseInWhichTheyWereSent(t *testing.T) {
	var refuses atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuses.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	load := Load{Name: "pages", Rate: 100, Requests: []request.Request{{Request: "GET " + server.URL, Status: 200}}}

	report := play(t, []Load{load}, 300*time.Millisecond, map[string]func(){
		"quiet": func() {},
		"loud":  func() { refuses.Store(true) },
	})

	counts := map[string]PhaseReport{}
	for _, phase := range report.Loads[0].Phases {
		counts[phase.Phase] = phase
	}
	quiet, loud := counts["quiet"], counts["loud"]
	if quiet.Failed != 0 || quiet.OK != quiet.Sent || quiet.Sent < 15 || quiet.P50 <= 0 || quiet.P99 < quiet.P50 {
		t.Errorf("quiet: %+v", quiet)
	}
	if loud.Failed < 15 || loud.Failed+loud.OK != loud.Sent || len(loud.FirstFailed) != told {
		t.Fatalf("loud: %+v", loud)
	}
	if first := loud.FirstFailed[0]; !strings.Contains(first.Reason, "status 503 instead of 200") || first.Second > 0.3 {
		t.Errorf("first failure: %+v", first)
	}
}

func TestAPromiseThatIsNotKeptIsLost(t *testing.T) {
	var made atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_ = json.NewEncoder(w).Encode(map[string]any{"id": made.Add(1)})
			return
		}
		state := "done"
		if strings.HasSuffix(r.URL.Path, "/3") {
			state = "forgotten"
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"state": state})
	}))
	defer server.Close()
	load := Load{Name: "runs", Rate: 50, Requests: []request.Request{
		{Request: "POST " + server.URL + "/runs", Status: 200, Keep: map[string]string{"run": "id"}},
		{Request: "GET " + server.URL + "/runs/{run}", Status: 200, JSON: map[string]any{"state": "done"}, Within: 1},
	}}

	found := play(t, []Load{load}, 300*time.Millisecond, map[string]func(){"quiet": func() {}}).Loads[0]

	if found.Lost != 1 || found.Promised < 8 || len(found.FirstLost) != 1 {
		t.Fatalf("%+v", found)
	}
	lost := found.FirstLost[0]
	if lost.Reason != "state is forgotten instead of done" || !strings.HasSuffix(lost.Request, "/runs/3") {
		t.Errorf("%+v", lost)
	}
}

func TestNothingIsCountedOfAServerThatNeverAnsweredAsItMust(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	a := asker{
		load:  Load{Name: "pages", Rate: 1, Requests: []request.Request{{Request: "GET " + server.URL, Status: 200}}},
		fresh: newClient(true),
	}
	err := a.warm(time.Now())
	if err == nil || !strings.Contains(err.Error(), "before anything was changed: status 404 instead of 200") {
		t.Errorf("%v", err)
	}
}

func TestPercentilesAreMeasuredLatencies(t *testing.T) {
	sorted := make([]time.Duration, 100)
	for i := range sorted {
		sorted[i] = time.Duration(i+1) * time.Millisecond
	}
	for share, expected := range map[float64]float64{0.50: 50, 0.95: 95, 0.99: 99} {
		if found := percentile(sorted, share); found != expected {
			t.Errorf("%v: %v instead of %v", share, found, expected)
		}
	}
	if found := percentile(nil, 0.5); found != 0 {
		t.Errorf("of nothing: %v", found)
	}
}
