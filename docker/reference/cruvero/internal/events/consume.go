package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	batchSize = 8
	pullWait  = 5 * time.Second
	// A whole batch must fit into the time after which the server would deliver it to somebody else.
	handleTimeout = 3 * time.Second
	acknowledgeIn = 30 * time.Second
	firstBackoff  = 500 * time.Millisecond
	// An event may wait longer for its next delivery than a whole consumer for the server's return.
	longestRedelivery = 30 * time.Second
	longestPause      = 4 * time.Second
)

// permanent marks a failure that another delivery cannot mend.
type permanent struct{ cause error }

func (p permanent) Error() string { return p.cause.Error() }
func (p permanent) Unwrap() error { return p.cause }

// Permanent says that an event must not be delivered again.
func Permanent(err error) error { return permanent{err} }

// Decode turns JSON into a handler's own event type; what is no such event is refused for good.
func Decode[T any](handle func(ctx context.Context, event T) error) func(ctx context.Context, payload []byte) error {
	return func(ctx context.Context, payload []byte) error {
		var event T
		if err := json.Unmarshal(payload, &event); err != nil {
			return Permanent(fmt.Errorf("decode event: %w", err))
		}
		return handle(ctx, event)
	}
}

// Consume hands each event of a subject to handle until the context ends; an event that is being handled then is finished.
//
// The durable consumer is shared by all replicas of a component. It is made again when the server has lost it,
// and while the server is away Consume waits and tries again.
func (b *Bus) Consume(ctx context.Context, durable, subject string, handle func(ctx context.Context, payload []byte) error) error {
	for failures := 0; ctx.Err() == nil; {
		received, err := b.consumeSession(ctx, durable, subject, handle)
		if ctx.Err() != nil {
			break
		}
		if received {
			failures = 0
		}
		wait := backoff(failures, longestPause)
		failures++
		b.log.Warn("consuming interrupted", "consumer", durable, "error", fmt.Sprint(err), "retryIn", wait.String())
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// consumeSession consumes until something fails; received tells whether any pull got through before.
func (b *Bus) consumeSession(ctx context.Context, durable, subject string, handle func(context.Context, []byte) error) (received bool, err error) {
	consumer, err := b.ensureConsumer(ctx, durable, subject)
	if err != nil {
		return false, err
	}
	b.log.Info("consuming", "consumer", durable, "subject", subject)
	for ctx.Err() == nil {
		if err := b.pull(ctx, consumer, handle); err != nil {
			return received, err
		}
		received = true
	}
	return received, ctx.Err()
}

func (b *Bus) ensureConsumer(ctx context.Context, durable, subject string) (jetstream.Consumer, error) {
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := b.ensureStream(bounded); err != nil {
		return nil, err
	}
	consumer, err := b.stream.CreateOrUpdateConsumer(bounded, Stream, jetstream.ConsumerConfig{
		Durable:       durable,
		FilterSubject: subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       acknowledgeIn,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		MaxDeliver:    -1,
	})
	if err != nil {
		return nil, fmt.Errorf("consumer %s: %w", durable, err)
	}
	return consumer, nil
}

// pull takes one batch. What was received but not begun when the context ends goes back at once, for another replica.
func (b *Bus) pull(ctx context.Context, consumer jetstream.Consumer, handle func(context.Context, []byte) error) error {
	bounded, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	batch, err := consumer.Fetch(batchSize, jetstream.FetchContext(bounded))
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	for message := range batch.Messages() {
		if ctx.Err() != nil {
			b.answered(message.Nak())
			continue
		}
		b.deliver(ctx, message, handle)
	}
	// Nothing to deliver within the wait is the normal case of an idle stream.
	if err := batch.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, jetstream.ErrNoMessages) {
		return fmt.Errorf("pull: %w", err)
	}
	return nil
}

func (b *Bus) deliver(ctx context.Context, message jetstream.Msg, handle func(context.Context, []byte) error) {
	// SIGTERM ends ctx; what has begun is still finished.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), handleTimeout)
	defer cancel()
	err := handle(bounded, message.Data())
	var lasting permanent
	switch {
	case err == nil:
		count("done")
		b.answered(message.Ack())
	case errors.As(err, &lasting):
		count("dropped")
		b.log.Error("event dropped", "subject", message.Subject(), "error", err.Error())
		b.answered(message.TermWithReason("refused by " + b.connection.Opts.Name))
	default:
		wait := backoff(deliveries(message)-1, longestRedelivery)
		count("retried")
		b.log.Warn("event will be delivered again", "subject", message.Subject(), "error", err.Error(), "retryIn", wait.String())
		b.answered(message.NakWithDelay(wait))
	}
}

// answered logs an answer that did not reach the server, which then delivers the event again after acknowledgeIn.
func (b *Bus) answered(err error) {
	if err != nil {
		b.log.Warn("acknowledgement not sent", "error", err.Error())
	}
}

func count(outcome string) {
	metrics.GetOrCreateCounter(fmt.Sprintf("cruvero_events_total{outcome=%q}", outcome)).Inc()
}

func deliveries(message jetstream.Msg) int {
	metadata, err := message.Metadata()
	if err != nil {
		return 1
	}
	return int(min(metadata.NumDelivered, 1000))
}

// backoff doubles the wait with each failure, up to a limit.
func backoff(failures int, longest time.Duration) time.Duration {
	wait := firstBackoff
	for range failures {
		if wait *= 2; wait >= longest {
			return longest
		}
	}
	return wait
}
