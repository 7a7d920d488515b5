package main

import (
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var script = strings.Repeat("console.log('cruvero');\n", 200)

func newUI(t *testing.T, apiURL string) http.Handler {
	t.Helper()
	site, err := newSite(fstest.MapFS{
		".gitkeep":               {},
		"index.html":             {Data: []byte("<!doctype html>")},
		"favicon.svg":            {Data: []byte("<svg/>")},
		"assets/index-a1b2c3.js": {Data: []byte(script)},
	})
	if err != nil {
		t.Fatal(err)
	}
	api, err := newAPIProxy(apiURL, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", secured(api))
	mux.Handle("/", secured(site))
	return mux
}

func ask(handler http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestSite(t *testing.T) {
	ui := newUI(t, "http://127.0.0.1:1")
	const html, immutable = "text/html; charset=utf-8", "public, max-age=31536000, immutable"
	for _, row := range []struct {
		method, path, contentType, cache string
		status                           int
	}{
		{"GET", "/", html, "no-cache", 200},
		{"HEAD", "/index.html", html, "no-cache", 200},
		{"GET", "/runs/some-id", html, "no-cache", 200},
		{"GET", "/favicon.svg", "image/svg+xml", "no-cache", 200},
		{"GET", "/assets/index-a1b2c3.js", "text/javascript; charset=utf-8", immutable, 200},
		{"GET", "/assets/index-older.js", "application/problem+json", "no-store", 404},
		{"GET", "/assets/deep/link", "application/problem+json", "no-store", 404},
		{"GET", "/robots.txt", "application/problem+json", "no-store", 404},
		{"GET", "/.gitkeep", "application/problem+json", "no-store", 404},
		{"POST", "/", "application/problem+json", "no-store", 405},
	} {
		response := ask(ui, row.method, row.path)
		header := response.Header()
		if response.Code != row.status || header.Get("Content-Type") != row.contentType || header.Get("Cache-Control") != row.cache {
			t.Errorf("%s %s: got %d %s %s", row.method, row.path, response.Code, header.Get("Content-Type"), header.Get("Cache-Control"))
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Content-Security-Policy") != contentSecurityPolicy {
			t.Errorf("%s %s: security headers are missing", row.method, row.path)
		}
	}
}

func TestSiteCompressesAndRevalidates(t *testing.T) {
	ui := newUI(t, "http://127.0.0.1:1")
	plain := ask(ui, "GET", "/assets/index-a1b2c3.js")
	packed := ask(ui, "GET", "/assets/index-a1b2c3.js", "Accept-Encoding", "br, gzip;q=0.8")
	if plain.Header().Get("Content-Encoding") != "" || plain.Body.String() != script || plain.Header().Get("Vary") != "Accept-Encoding" {
		t.Error("the plain answer is not the file")
	}
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(reader); err != nil || string(content) != script {
		t.Errorf("the compressed answer is not the file: %v", err)
	}
	if plain.Header().Get("ETag") == packed.Header().Get("ETag") {
		t.Error("two forms share one ETag")
	}
	if refused := ask(ui, "GET", "/assets/index-a1b2c3.js", "Accept-Encoding", "gzip;q=0"); refused.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was sent to a client that refuses it")
	}
	if again := ask(ui, "GET", "/", "If-None-Match", ask(ui, "GET", "/").Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.Code)
	}
}

func TestABinaryWithoutAFrontendRefusesToStart(t *testing.T) {
	if _, err := newSite(fstest.MapFS{".gitkeep": {}}); !errors.Is(err, errNotBuilt) {
		t.Fatalf("got %v", err)
	}
}

func TestProxy(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Client-Id"))
	}))
	t.Cleanup(api.Close)
	ui := newUI(t, api.URL)
	response := ask(ui, "POST", "/api/v1/runs?limit=1", "X-Client-Id", "alice")
	if got := response.Body.String(); got != "POST /v1/runs?limit=1 alice" || response.Code != http.StatusTooManyRequests || response.Header().Get("Retry-After") != "7" {
		t.Errorf("got %d %q", response.Code, got)
	}
	for _, path := range []string{"/api/metrics", "/api/", "/api/v1/../metrics", "/api/v1/%2e%2e/metrics"} {
		if response := ask(ui, "GET", path); response.Code == http.StatusTooManyRequests {
			t.Errorf("%s reached the API", path)
		}
	}
}

func TestAnAPIThatIsAwayIsA502(t *testing.T) {
	if response := ask(newUI(t, "http://127.0.0.1:1"), "GET", "/api/v1/runs"); response.Code != http.StatusBadGateway {
		t.Fatalf("got %d", response.Code)
	}
}
