package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/process"
)

// settings is what every long-lived command's settings have in common.
type settings interface {
	config.Settings
	Serving() config.Service
}

// Main is the whole main function of a long-lived command.
//
// Without arguments it runs work. With "probe livez" or "probe readyz" it asks the service in the same container
// and exits 0 or 1: an exec probe for workloads that offer no HTTP, in an image that has no shell.
func Main(component string, configured settings, work func(ctx context.Context, log *slog.Logger) error) {
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 0:
		os.Exit(process.Run(component, configured, os.Stdout, work))
	case len(arguments) == 2 && arguments[0] == "probe" && (arguments[1] == "livez" || arguments[1] == "readyz"):
		os.Exit(process.Run(component, configured, os.Stdout, func(ctx context.Context, _ *slog.Logger) error {
			return probe(ctx, configured.Serving().Port, arguments[1], os.Stdout)
		}))
	default:
		os.Exit(process.Usage(component, os.Stdout, "no argument, or: probe livez | probe readyz", arguments))
	}
}

// probe asks one health path of the service on this host and repeats its answer.
func probe(ctx context.Context, port int, path string, out io.Writer) error {
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	address := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/" + path
	request, err := http.NewRequestWithContext(bounded, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(out, io.LimitReader(response.Body, 4<<10)); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("probe: /%s answered %d", path, response.StatusCode)
	}
	return nil
}
