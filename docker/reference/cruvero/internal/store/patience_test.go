package store

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"slipway.example/cruvero/internal/health"
	"slipway.example/cruvero/internal/testdatabase"
)

// slowLine stands between a client and a server and holds back each answer for as long as is said.
type slowLine struct {
	delay   atomic.Int64
	opened  atomic.Int64
	address string
}

func newSlowLine(t *testing.T, server string) *slowLine {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	line := &slowLine{address: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			line.opened.Add(1)
			go line.carry(client, server)
		}
	}()
	return line
}

func (l *slowLine) carry(client net.Conn, server string) {
	defer func() { _ = client.Close() }()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer func() { _ = upstream.Close() }()
	go func() {
		_, _ = io.Copy(upstream, client)
		_ = upstream.Close()
	}()
	part := make([]byte, 16<<10)
	for {
		size, err := upstream.Read(part)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(l.delay.Load()))
		if _, err := client.Write(part[:size]); err != nil {
			return
		}
	}
}

// openBehind gives a store of one connection behind a line that can be slow.
func openBehind(t *testing.T) (*Store, *slowLine) {
	t.Helper()
	address, err := url.Parse(testdatabase.Schema(t, os.Getenv("TEST_DATABASE_URL")))
	if err != nil {
		t.Fatal(err)
	}
	line := newSlowLine(t, address.Host)
	address.Host = line.address
	query := address.Query()
	query.Set("pool_max_conns", "1")
	query.Set("sslmode", "disable")
	address.RawQuery = query.Encode()
	store, err := Open(address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, line
}

func TestACheckThatIsLateKeepsItsConnection(t *testing.T) {
	store, line := openBehind(t)
	line.delay.Store(int64(300 * time.Millisecond))
	bounded, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := store.Check(bounded); !errors.Is(err, ErrUnavailable) || time.Since(began) > 250*time.Millisecond {
		t.Fatalf("got %v after %s", err, time.Since(began))
	}
	line.delay.Store(0)
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if opened := line.opened.Load(); opened != 1 {
		t.Fatalf("%d connections were opened instead of 1", opened)
	}
}

func TestAQueryThatIsLateIsCancelledAndKeepsItsConnection(t *testing.T) {
	store, line := openBehind(t)
	bounded, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := store.pool.Exec(bounded, "SELECT pg_sleep(30)")
	if err = classify(err); !errors.Is(err, ErrUnavailable) || health.Reason(err) != "timeout" {
		t.Fatalf("got %v", err)
	}
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	// One for the queries, and one that asked the server to cancel.
	if opened := line.opened.Load(); opened != 2 {
		t.Fatalf("%d connections were opened instead of 2", opened)
	}
}
