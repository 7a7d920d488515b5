// Package health evaluates readiness checks and names the class of each failure without repeating its text,
// which may hold addresses and user names.
package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// checkTimeout stays under the default of a Kubernetes probe (1 s), so that the answer names the culprit.
const checkTimeout = 800 * time.Millisecond

// Check is one dependency that must answer before traffic is welcome.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Result is what one check found. Err is for the log only.
type Result struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	Err    error  `json:"-"`
}

// Failed tells whether the check did not pass.
func (r Result) Failed() bool { return r.Err != nil }

// Evaluate runs all checks at the same time and keeps their order.
func Evaluate(ctx context.Context, checks []Check) []Result {
	results := make([]Result, len(checks))
	var group sync.WaitGroup
	for i, check := range checks {
		group.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, checkTimeout)
			defer cancel()
			results[i] = Result{Name: check.Name, Status: "ok"}
			if err := check.Run(bounded); err != nil {
				results[i] = Result{Name: check.Name, Status: "failed", Reason: Reason(err), Err: err}
			}
		})
	}
	group.Wait()
	return results
}

// Unknown is the class of an error that fits no other.
const Unknown = "error"

// Classed is an error that knows its own class.
type Classed struct {
	Class string
	Err   error
}

func (e *Classed) Error() string { return e.Err.Error() }

// Unwrap gives the error that was classed.
func (e *Classed) Unwrap() error { return e.Err }

// Reason puts an error into one of a few words that are safe to show.
func Reason(err error) string {
	var classed *Classed
	var dns *net.DNSError
	var unknownAuthority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &classed):
		return classed.Class
	case errors.As(err, &dns):
		return "name not resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &unknownAuthority), errors.As(err, &hostname), errors.As(err, &certificate), errors.As(err, &record):
		return "TLS failed"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		return "connection lost"
	default:
		return Unknown
	}
}
