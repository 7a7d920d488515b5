// Package events carries the platform's events over one NATS JetStream stream, at least once.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

// Stream is the JetStream stream of all events, and streamSubjects what it stores.
const (
	Stream         = "CRUVERO"
	streamSubjects = "cruvero.>"
)

var errNotConnected = errors.New("not connected to NATS")

// Bus is a connection that comes back by itself for as long as the process lives.
type Bus struct {
	log        *slog.Logger
	connection *nats.Conn
	stream     jetstream.JetStream
}

// Connect starts connecting and returns at once, whether or not the server answers yet.
func Connect(settings config.Events, component string, log *slog.Logger) (*Bus, error) {
	connection, err := nats.Connect(settings.NATSURL,
		nats.Name(component),
		nats.Token(settings.NATSToken),
		nats.Timeout(2*time.Second),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(500*time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, 500*time.Millisecond),
		// A publish during an outage must fail at once, since the outbox keeps it, instead of waiting in memory.
		nats.ReconnectBufSize(-1),
		nats.ConnectHandler(func(*nats.Conn) { log.Info("connected to NATS") }),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("reconnected to NATS") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("disconnected from NATS", "error", err.Error())
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("NATS reported an error", "error", err.Error())
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare the NATS connection: %w", err)
	}
	stream, err := jetstream.New(connection)
	if err != nil {
		return nil, fmt.Errorf("prepare JetStream: %w", err)
	}
	return &Bus{log: log, connection: connection, stream: stream}, nil
}

// Close ends the connection after what was written has been sent.
func (b *Bus) Close() {
	if b.connection.IsConnected() {
		// An acknowledgement that is lost here only means one more delivery.
		_ = b.connection.FlushTimeout(500 * time.Millisecond)
	}
	b.connection.Close()
}

// Check asks JetStream for an answer.
func (b *Bus) Check(ctx context.Context) error {
	if !b.connection.IsConnected() {
		err := b.connection.LastError()
		if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) {
			return &health.Classed{Class: "authentication refused", Err: err}
		}
		return &health.Classed{Class: "not connected", Err: errNotConnected}
	}
	_, err := b.stream.AccountInfo(ctx)
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		return &health.Classed{Class: "JetStream is not enabled", Err: err}
	}
	return err
}

// Publish stores one event. The identifier lets the server drop a repetition within two minutes.
func (b *Bus) Publish(ctx context.Context, subject, identifier string, payload []byte) error {
	if !b.connection.IsConnected() {
		return fmt.Errorf("publish %s: %w", subject, errNotConnected)
	}
	_, err := b.stream.Publish(ctx, subject, payload, jetstream.WithMsgID(identifier))
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		if err = b.ensureStream(ctx); err == nil {
			_, err = b.stream.Publish(ctx, subject, payload, jetstream.WithMsgID(identifier))
		}
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", subject, err)
	}
	return nil
}

// ensureStream creates the stream unless there is one, which is then left as its operator made it.
func (b *Bus) ensureStream(ctx context.Context) error {
	if !b.connection.IsConnected() {
		return errNotConnected
	}
	_, err := b.stream.Stream(ctx, Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		// Several services may create it at once: the same configuration twice is no error.
		_, err = b.stream.CreateStream(ctx, jetstream.StreamConfig{
			Name:       Stream,
			Subjects:   []string{streamSubjects},
			Retention:  jetstream.LimitsPolicy,
			Storage:    jetstream.FileStorage,
			MaxAge:     7 * 24 * time.Hour,
			Duplicates: 2 * time.Minute,
		})
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", Stream, err)
	}
	return nil
}
