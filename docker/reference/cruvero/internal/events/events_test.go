package events

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"slipway.example/cruvero/internal/config"
	"slipway.example/cruvero/internal/health"
)

const patience = 10 * time.Second

// startServer runs NATS with JetStream inside the test; port 0 takes a free one.
func startServer(t *testing.T, port int, token string) *server.Server {
	t.Helper()
	if port == 0 {
		port = server.RANDOM_PORT
	}
	running, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: t.TempDir(), Authorization: token, NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	running.Start()
	if !running.ReadyForConnections(patience) {
		t.Fatal("NATS did not start")
	}
	t.Cleanup(func() {
		running.Shutdown()
		running.WaitForShutdown()
	})
	return running
}

func connect(t *testing.T, address, token string) *Bus {
	t.Helper()
	bus, err := Connect(config.Events{NATSURL: address, NATSToken: token}, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return bus
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

// consume runs a consumer until the test ends, or the returned function is called.
func consume(t *testing.T, bus *Bus, handle func(ctx context.Context, payload []byte) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = bus.Consume(ctx, "tester", "cruvero.test", handle)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

func publish(t *testing.T, bus *Bus, identifier, payload string) {
	t.Helper()
	eventually(t, "publish "+identifier, func() bool {
		return bus.Publish(t.Context(), "cruvero.test", identifier, []byte(payload)) == nil
	})
}

func TestPublishMakesTheStreamAndDropsRepetitions(t *testing.T) {
	bus := connect(t, startServer(t, 0, "").ClientURL(), "")
	var received atomic.Int32
	publish(t, bus, "a", "1")
	publish(t, bus, "a", "1")
	publish(t, bus, "b", "2")
	consume(t, bus, func(context.Context, []byte) error {
		received.Add(1)
		return nil
	})
	eventually(t, "two events", func() bool { return received.Load() == 2 })
	time.Sleep(50 * time.Millisecond)
	if count := received.Load(); count != 2 {
		t.Fatalf("received %d events, want 2", count)
	}
}

func TestAFailedEventComesAgainAndAPermanentOneDoesNot(t *testing.T) {
	bus := connect(t, startServer(t, 0, "").ClientURL(), "")
	var failing, permanent atomic.Int32
	publish(t, bus, "a", "fails once")
	publish(t, bus, "b", "never works")
	consume(t, bus, func(_ context.Context, payload []byte) error {
		if string(payload) == "never works" {
			permanent.Add(1)
			return Permanent(errors.New("no"))
		}
		if failing.Add(1) == 1 {
			return errors.New("not yet")
		}
		return nil
	})
	eventually(t, "a second delivery", func() bool { return failing.Load() == 2 })
	if count := permanent.Load(); count != 1 {
		t.Fatalf("the permanent failure was delivered %d times", count)
	}
}

func TestDecodeRefusesWhatIsNoEventForGood(t *testing.T) {
	handle := Decode(func(context.Context, struct{ Name string }) error { return nil })
	var lasting permanent
	if err := handle(t.Context(), []byte("not json")); !errors.As(err, &lasting) {
		t.Fatalf("got %v, want a permanent error", err)
	}
	if err := handle(t.Context(), []byte(`{"Name":"x"}`)); err != nil {
		t.Fatal(err)
	}
}

// A service may start before its server, and the server may come back without its data.
func TestConsumingSurvivesALateAndAForgetfulServer(t *testing.T) {
	port := freePort(t)
	bus := connect(t, "nats://127.0.0.1:"+strconv.Itoa(port), "")
	if err := bus.Publish(t.Context(), "cruvero.test", "x", nil); !errors.Is(err, errNotConnected) {
		t.Fatalf("publishing without a server: got %v", err)
	}
	if reason := health.Reason(bus.Check(t.Context())); reason != "not connected" {
		t.Fatalf("reason %q", reason)
	}
	var received atomic.Int32
	consume(t, bus, func(context.Context, []byte) error {
		received.Add(1)
		return nil
	})
	first := startServer(t, port, "")
	publish(t, bus, "a", "1")
	eventually(t, "the first event", func() bool { return received.Load() == 1 })

	first.Shutdown()
	first.WaitForShutdown()
	startServer(t, port, "")
	publish(t, bus, "b", "2")
	eventually(t, "the event after the loss", func() bool { return received.Load() == 2 })
	if err := bus.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStoppingFinishesTheEventInHand(t *testing.T) {
	bus := connect(t, startServer(t, 0, "").ClientURL(), "")
	begun := make(chan struct{})
	var finished atomic.Bool
	publish(t, bus, "a", "1")
	stop := consume(t, bus, func(ctx context.Context, _ []byte) error {
		close(begun)
		time.Sleep(100 * time.Millisecond)
		finished.Store(ctx.Err() == nil)
		return nil
	})
	<-begun
	began := time.Now()
	stop()
	if !finished.Load() || time.Since(began) > time.Second {
		t.Fatalf("finished %t after %s", finished.Load(), time.Since(began))
	}
	var again atomic.Int32
	publish(t, bus, "b", "2")
	consume(t, bus, func(context.Context, []byte) error {
		again.Add(1)
		return nil
	})
	eventually(t, "only the second event", func() bool { return again.Load() == 1 })
}

func TestCheckNamesARefusedToken(t *testing.T) {
	address := startServer(t, 0, "right").ClientURL()
	eventually(t, "the refusal", func() bool {
		return health.Reason(connect(t, address, "wrong").Check(t.Context())) == "authentication refused"
	})
	if err := connect(t, address, "right").Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	for failures, want := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
		if got := backoff(failures, longestPause); got != want {
			t.Errorf("after %d: got %s, want %s", failures, got, want)
		}
	}
}
