// Registry asks a registry what it has, pushes to it and reads from it, in one connection for a whole release.
//
//	registry state|apply|read REQUEST
//
// REQUEST is a file of JSON. The answer is JSON on standard output. The registry is described by environment variables:
// REGISTRY_HOST, REGISTRY_USERNAME, REGISTRY_PASSWORD, REGISTRY_INSECURE (true: plain HTTP) and REGISTRY_CA (a file of PEM).
// Exit code 0: done; 2: the request is wrong; 3: the registry refused or could not be reached.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/regclient/regclient"
	"github.com/regclient/regclient/config"
)

const (
	exitRequest  = 2
	exitRegistry = 3
)

// errRequest marks a request that no registry can be asked.
var errRequest = errors.New("the request is wrong")

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(arguments []string, getenv func(string) string, output, problems io.Writer) int {
	answer, err := answerTo(arguments, getenv)
	if err == nil {
		encoder := json.NewEncoder(output)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(answer)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(problems, err)
	if errors.Is(err, errRequest) {
		return exitRequest
	}
	return exitRegistry
}

func answerTo(arguments []string, getenv func(string) string) (any, error) {
	if len(arguments) != 2 {
		return nil, fmt.Errorf("%w: usage: registry state|apply|read REQUEST", errRequest)
	}
	text, err := os.ReadFile(arguments[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	client, err := connect(getenv)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	switch arguments[0] {
	case "state":
		return decoded(text, func(request stateRequest) (any, error) { return readState(ctx, client, request) })
	case "apply":
		return decoded(text, func(request applyRequest) (any, error) { return apply(ctx, client, request) })
	case "read":
		return decoded(text, func(request readRequest) (any, error) { return read(ctx, client, request) })
	}
	return nil, fmt.Errorf("%w: no command %q", errRequest, arguments[0])
}

func decoded[Request any](text []byte, work func(Request) (any, error)) (any, error) {
	var request Request
	if err := json.Unmarshal(text, &request); err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	return work(request)
}

// connect describes the one registry; nothing is read from a home folder.
func connect(getenv func(string) string) (*regclient.RegClient, error) {
	host := config.HostNewName(getenv("REGISTRY_HOST"))
	host.User = getenv("REGISTRY_USERNAME")
	host.Pass = getenv("REGISTRY_PASSWORD")
	host.ReqConcurrent = concurrency
	if getenv("REGISTRY_INSECURE") == "true" {
		host.TLS = config.TLSDisabled
	}
	if file := getenv("REGISTRY_CA"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errRequest, err)
		}
		host.RegCert = string(text)
	}
	return regclient.New(
		regclient.WithConfigHost(*host),
		regclient.WithSlog(slog.New(slog.NewTextHandler(io.Discard, nil))),
		regclient.WithRetryLimit(4),
		regclient.WithRetryDelay(200*time.Millisecond, 2*time.Second),
		regclient.WithUserAgent("slipway"),
	), nil
}
