package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"slipway.example/cruvero/internal/store"
)

// memory is an outbox and a bus in one.
type memory struct {
	mutex     sync.Mutex
	waiting   []store.Message
	published []string
	down      bool
}

func (m *memory) RelayOutbox(ctx context.Context, limit int, publish func(context.Context, store.Message) error) (int, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	count := 0
	for len(m.waiting) > 0 && count < limit {
		if err := publish(ctx, m.waiting[0]); err != nil {
			return count, err
		}
		m.waiting = m.waiting[1:]
		count++
	}
	return count, nil
}

func (m *memory) Publish(_ context.Context, _, identifier string, _ []byte) error {
	if m.down {
		return errors.New("not connected")
	}
	m.published = append(m.published, identifier)
	return nil
}

func TestDrainGoesOnUntilTheOutboxIsEmpty(t *testing.T) {
	bus := &memory{waiting: make([]store.Message, 2*relayBatch+1)}
	newRelay(bus, bus, time.Hour, slog.New(slog.DiscardHandler)).drain(t.Context())
	if len(bus.published) != 2*relayBatch+1 {
		t.Fatalf("published %d", len(bus.published))
	}
}

func TestAnOutageLosesNothingAndIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	bus := &memory{waiting: []store.Message{{MessageID: "a"}}, down: true}
	relay := newRelay(bus, bus, time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		relay.drain(t.Context())
	}
	bus.down = false
	relay.drain(t.Context())
	if strings.Join(bus.published, ",") != "a" {
		t.Fatalf("published %v", bus.published)
	}
	if got := log.String(); strings.Count(got, "events wait in the outbox") != 1 || strings.Count(got, "relayed again") != 1 {
		t.Fatalf("log:\n%s", got)
	}
}

func TestRunIsWokenAndEnds(t *testing.T) {
	bus := &memory{}
	relay := newRelay(bus, bus, time.Hour, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.run(ctx) }()
	bus.mutex.Lock()
	bus.waiting = []store.Message{{MessageID: "a"}}
	bus.mutex.Unlock()
	relay.wake()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		bus.mutex.Lock()
		left := len(bus.waiting)
		bus.mutex.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the relay was not woken")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
