package health

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"syscall"
	"testing"
	"time"
)

func TestEvaluateKeepsOrderAndBoundsTime(t *testing.T) {
	stuck := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	began := time.Now()
	results := Evaluate(t.Context(), []Check{
		{"postgresql", stuck},
		{"nats", func(context.Context) error { return nil }},
		{"cache", stuck},
	})
	if took := time.Since(began); took > 2*checkTimeout {
		t.Errorf("took %s: the checks must run side by side", took)
	}
	want := []Result{
		{Name: "postgresql", Status: "failed", Reason: "timeout", Err: context.DeadlineExceeded},
		{Name: "nats", Status: "ok"},
		{Name: "cache", Status: "failed", Reason: "timeout", Err: context.DeadlineExceeded},
	}
	if !reflect.DeepEqual(results, want) {
		t.Errorf("got %+v, want %+v", results, want)
	}
}

func TestReason(t *testing.T) {
	for _, row := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{Err: "no such host", Name: "secret-host"}, "name not resolved"},
		{fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), "connection refused"},
		{x509.UnknownAuthorityError{}, "TLS failed"},
		{context.DeadlineExceeded, "timeout"},
		{io.ErrUnexpectedEOF, "connection lost"},
		{fmt.Errorf("check: %w", &Classed{Class: "authentication refused", Err: io.EOF}), "authentication refused"},
		{errors.New("password=hunter2"), "error"},
	} {
		if got := Reason(row.err); got != row.want {
			t.Errorf("%v: got %q, want %q", row.err, got, row.want)
		}
	}
}
