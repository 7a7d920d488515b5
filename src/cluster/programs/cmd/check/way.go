package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// Way is how servers are reached.
type Way struct {
	// HTTP and HTTPS are the addresses, as host:port, of everything that speaks it; empty for the one that a request names.
	HTTP, HTTPS string
	// Trusted is what is trusted besides the authorities of the system, in PEM.
	Trusted string
}

// newClient gives a client that goes this way. The name that a request has stays: in its Host header, and in the handshake.
func newClient(way Way) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	if way.Trusted != "" {
		trusted, err := x509.SystemCertPool()
		if err != nil {
			trusted = x509.NewCertPool()
		}
		if !trusted.AppendCertsFromPEM([]byte(way.Trusted)) {
			return nil, errors.New("TRUSTED has no certificate in PEM")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	}
	dialer := &net.Dialer{Timeout: answerBound}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, target(way, address))
	}
	return &http.Client{
		Timeout:   answerBound,
		Transport: transport,
		// A redirect is an answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// target gives the address that a connection goes to: addresses of requests have a port by now, 443 with TLS.
func target(way Way, address string) string {
	_, port, err := net.SplitHostPort(address)
	switch {
	case err == nil && port == "443" && way.HTTPS != "":
		return way.HTTPS
	case err == nil && port == "80" && way.HTTP != "":
		return way.HTTP
	default:
		return address
	}
}
