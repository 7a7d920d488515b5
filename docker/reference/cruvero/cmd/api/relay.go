package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"slipway.example/cruvero/internal/store"
)

const (
	relayBatch = 50
	// relayTimeout is shorter than SHUTDOWN_TIMEOUT's default, so that even a stuck round ends in an orderly stop.
	relayTimeout = 3 * time.Second
	// publishTimeout keeps one silent server from holding the locked rows for the whole batch.
	publishTimeout = time.Second
)

var outboxPublished = metrics.NewCounter("cruvero_outbox_published_total")

// outbox is what the relay needs of the database.
type outbox interface {
	RelayOutbox(ctx context.Context, limit int, publish func(ctx context.Context, message store.Message) error) (int, error)
}

// publisher is what the relay needs of the event bus.
type publisher interface {
	Publish(ctx context.Context, subject, identifier string, payload []byte) error
}

// relay carries events from the outbox to the bus: when woken, and every interval for what an earlier try left behind.
type relay struct {
	outbox    outbox
	publisher publisher
	interval  time.Duration
	log       *slog.Logger
	signal    chan struct{}
	failing   bool
}

func newRelay(outbox outbox, publisher publisher, interval time.Duration, log *slog.Logger) *relay {
	return &relay{outbox: outbox, publisher: publisher, interval: interval, log: log, signal: make(chan struct{}, 1)}
}

// wake asks for a round soon; it never waits.
func (r *relay) wake() {
	select {
	case r.signal <- struct{}{}:
	default:
	}
}

func (r *relay) run(ctx context.Context) error {
	ticker := time.NewTicker(r.interval)
	defer ticker.Stop()
	for {
		r.drain(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-r.signal:
		case <-ticker.C:
		}
	}
}

// drain publishes until the outbox is empty or something fails.
func (r *relay) drain(ctx context.Context) {
	for ctx.Err() == nil {
		// A round that has begun is finished after SIGTERM, so that no event is published twice without need.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), relayTimeout)
		published, err := r.outbox.RelayOutbox(bounded, relayBatch, func(ctx context.Context, message store.Message) error {
			one, cancel := context.WithTimeout(ctx, publishTimeout)
			defer cancel()
			return r.publisher.Publish(one, message.Subject, message.MessageID, message.Payload)
		})
		cancel()
		outboxPublished.Add(published)
		r.report(err)
		if err != nil || published < relayBatch {
			return
		}
	}
}

// report logs the first failure of a series and its end, since a round is tried every interval.
func (r *relay) report(err error) {
	switch {
	case err != nil && !r.failing:
		r.log.Warn("events wait in the outbox", "error", err.Error())
	case err == nil && r.failing:
		r.log.Info("the outbox is relayed again")
	}
	r.failing = err != nil
}
