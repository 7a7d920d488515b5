// Command session is the part of the Dagger command that an SDK needs: it connects to the engine named by
// _EXPERIMENTAL_DAGGER_RUNNER_HOST, prints one JSON line with the port and token to use, and relays requests until
// its standard input closes or it is told to end.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dagger/dagger/engine/client"
	"github.com/google/uuid"
)

const headerTimeout = 30 * time.Second

// greeting is what the SDK reads from standard output before it connects.
type greeting struct {
	Port         int    `json:"port"`
	SessionToken string `json:"session_token"`
}

func main() {
	// An end that was asked for is a success, at whatever moment it comes: the SDK reports any other status as a crash.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	// The SDK may close its end of our output first; writing must then fail, not kill.
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := serve(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "session:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	token := uuid.NewString()
	// Only connecting ends with ctx: the connection lives on, so that the engine can be told that the session is over.
	connecting, abandon := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, abandon)
	session, err := client.Connect(connecting, client.Params{
		RunnerHost:  os.Getenv("_EXPERIMENTAL_DAGGER_RUNNER_HOST"),
		SecretToken: token,
	})
	stop()
	if err != nil {
		return fmt.Errorf("connect to the engine: %w", err)
	}
	defer session.Close()

	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{Handler: session, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	port := listener.Addr().(*net.TCPAddr).Port
	if err := json.NewEncoder(os.Stdout).Encode(greeting{Port: port, SessionToken: token}); err != nil {
		return fmt.Errorf("greet the SDK: %w", err)
	}
	select {
	case <-ctx.Done():
		return server.Close()
	case err := <-served:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}
