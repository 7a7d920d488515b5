package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"time"

	"slipway.example/cruvero/internal/problem"
)

// newAPIProxy passes /api/v1/... on as /v1/...; the API's metrics and health stay out of reach.
func newAPIProxy(apiURL string, log *slog.Logger) (http.Handler, error) {
	target, err := url.Parse(apiURL)
	if err != nil {
		return nil, fmt.Errorf("API_URL: %w", err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Path = strings.TrimPrefix(request.In.URL.Path, "/api")
			request.Out.URL.RawPath = strings.TrimPrefix(request.In.URL.RawPath, "/api")
			request.SetURL(target)
			request.SetXForwarded()
		},
		// A transport of its own: the default one would take a proxy from the environment, past the registry of keys.
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			// A little more than the API gives itself, and less than SHUTDOWN_TIMEOUT's default.
			ResponseHeaderTimeout: 3500 * time.Millisecond,
			MaxIdleConnsPerHost:   32,
			IdleConnTimeout:       time.Minute,
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, context.Canceled) {
				// The browser left; nobody reads an answer.
				return
			}
			log.Warn("the API did not answer", "path", r.URL.Path, "error", err.Error())
			problem.Write(w, http.StatusBadGateway, "the API does not answer")
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux does not clean dots that are written as %2e, and they would lead out of /v1/.
		if !strings.HasPrefix(r.URL.Path, "/api/v1/") || path.Clean(r.URL.Path) != r.URL.Path {
			problem.Write(w, http.StatusNotFound, "the API begins at /api/v1/")
			return
		}
		proxy.ServeHTTP(w, r)
	}), nil
}
