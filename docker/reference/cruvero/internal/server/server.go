// Package server runs a long-lived service: its HTTP port, its background tasks and their orderly end.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

// Task is background work. It ends when the context does, finishing what it has begun; an earlier error stops the service.
type Task struct {
	Name string
	Run  func(ctx context.Context) error
}

// Service is everything that Serve needs to know.
type Service struct {
	Log      *slog.Logger
	Settings config.Service
	// Routes adds the service's own routes beside the health and metrics ones; nil adds none.
	Routes func(mux *http.ServeMux)
	Checks []health.Check
	Tasks  []Task
}

// Serve listens, runs the tasks and returns after the context ended and everything in flight is done.
func Serve(ctx context.Context, service Service) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(service.Settings.Port)))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return serve(ctx, service, listener)
}

func serve(ctx context.Context, service Service, listener net.Listener) error {
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	web := newHTTPServer(service, running)
	finished := newPending("http")
	go func() {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("http: %w", err))
		}
	}()
	for _, task := range service.Tasks {
		finished.add(task.Name)
		go func() {
			defer finished.done(task.Name)
			if err := task.Run(running); err != nil && running.Err() == nil {
				stop(fmt.Errorf("%s: %w", task.Name, err))
			}
		}()
	}
	service.Log.Info("started", "port", listener.Addr().(*net.TCPAddr).Port)

	<-running.Done()
	return shutdown(ctx, running, service, web, finished)
}

// farewellShare is the part of SHUTDOWN_TIMEOUT in which answers still end their connections before all of them are closed.
const farewellShare = 10

// shutdown stops taking work, waits for what is in flight and reports what did not end in time.
func shutdown(ctx, running context.Context, service Service, web *http.Server, finished *pending) error {
	began := time.Now()
	service.Log.Info("stopping", "timeout", service.Settings.ShutdownTimeout.String())
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), service.Settings.ShutdownTimeout)
	defer cancel()
	go func() {
		// A request may be under way on a connection that looks idle here, and would be lost with it.
		if service.Routes != nil {
			time.Sleep(service.Settings.ShutdownTimeout / farewellShare)
		}
		if web.Shutdown(bounded) == nil {
			finished.done("http")
		}
	}()
	if left := finished.wait(bounded); len(left) > 0 {
		return fmt.Errorf("not finished within %s: %v", service.Settings.ShutdownTimeout, left)
	}
	if ctx.Err() == nil {
		return context.Cause(running)
	}
	service.Log.Info("stopped", "seconds", time.Since(began).Seconds())
	return nil
}

func newHTTPServer(service Service, running context.Context) *http.Server {
	mux := http.NewServeMux()
	addOperations(mux, service, running)
	if service.Routes != nil {
		service.Routes(mux)
	}
	return &http.Server{
		Handler:           instrument(service.Log, farewell(running, mux)),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(service.Log.Handler(), slog.LevelWarn),
	}
}

// farewell tells the callers of a service that stops to send their next request on another connection.
func farewell(running context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if running.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// pending counts named work and says what is left when the wait is over.
type pending struct {
	mutex sync.Mutex
	names []string
	empty chan struct{}
}

func newPending(names ...string) *pending {
	return &pending{names: names, empty: make(chan struct{})}
}

func (p *pending) add(name string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.names = append(p.names, name)
}

func (p *pending) done(name string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i, other := range p.names {
		if other == name {
			p.names = append(p.names[:i:i], p.names[i+1:]...)
			break
		}
	}
	if len(p.names) == 0 {
		close(p.empty)
	}
}

func (p *pending) wait(ctx context.Context) []string {
	select {
	case <-p.empty:
		return nil
	case <-ctx.Done():
		p.mutex.Lock()
		defer p.mutex.Unlock()
		return append([]string(nil), p.names...)
	}
}
