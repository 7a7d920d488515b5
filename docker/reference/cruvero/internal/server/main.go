package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
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
// and exits 0 or 1: an exec probe for workloads that offer no HTTP, in an image that has no shell. With "probe http://..."
// it asks another service and needs no configuration: a test that a cluster runs beside the services.
func Main(component string, configured settings, work func(ctx context.Context, log *slog.Logger) error) {
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 0:
		os.Exit(process.Run(component, configured, os.Stdout, work))
	case len(arguments) == 2 && arguments[0] == "probe" && (arguments[1] == "livez" || arguments[1] == "readyz"):
		os.Exit(process.Run(component, configured, os.Stdout, func(ctx context.Context, _ *slog.Logger) error {
			return probe(ctx, ownAddress(configured.Serving().Port, arguments[1]), os.Stdout)
		}))
	case len(arguments) == 2 && arguments[0] == "probe" && strings.HasPrefix(arguments[1], "http://"):
		if err := probeOther(context.Background(), arguments[1], os.Stdout, patience); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		os.Exit(process.Usage(component, os.Stdout, "no argument, or: probe livez | probe readyz | probe http://host:port/path", arguments))
	}
}

// ownAddress is that of a health path of the service on this host.
func ownAddress(port int, path string) string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/" + path
}

// patience is how long another service is asked again. Network policies reach the node a moment after the pod that they
// let through, and until then it is refused.
const patience = 10 * time.Second

// probeOther asks one address until it answers with 200, for so long, and repeats the last answer.
func probeOther(ctx context.Context, address string, out io.Writer, within time.Duration) error {
	deadline := time.Now().Add(within)
	for {
		var answer bytes.Buffer
		err := probe(ctx, address, &answer)
		if err == nil || time.Now().After(deadline) {
			_, _ = answer.WriteTo(out)
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// probe asks one address and repeats the answer.
func probe(ctx context.Context, address string, out io.Writer) error {
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
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
		return fmt.Errorf("probe: %s answered %d", request.URL.Path, response.StatusCode)
	}
	return nil
}
