package service

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

func TestWaitsUntilTheAddressLeadsToTheAPI(t *testing.T) {
	api := answering(t, nil)
	gateway := answering(t, foreign(t))
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
	access := &rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: certificate}}

	address := &leading{}
	at := address.listen(t)
	address.to.Store(gateway.Listener.Addr().String())
	if err := WaitForAPI(t.Context(), access, at, 300*time.Millisecond); err == nil {
		t.Fatal("a gateway was taken for the API")
	}

	time.AfterFunc(200*time.Millisecond, func() { address.to.Store(api.Listener.Addr().String()) })
	begin := time.Now()
	if err := WaitForAPI(t.Context(), access, at, time.Minute); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("waited %s, less than the address led elsewhere", took)
	}
}

// answering serves whatever it is asked, with these certificates or, where there are none, with one for its address.
func answering(t *testing.T, certificates []tls.Certificate) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(writer, "ok")
	}))
	server.TLS = &tls.Config{Certificates: certificates}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// foreign makes a certificate that nobody here has signed.
func foreign(t *testing.T) []tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"gateway"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
}

// leading is the address of a service: it leads to one place and then to another.
type leading struct{ to atomic.Value }

func (l *leading) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.lead(client)
		}
	}()
	return listener.Addr().String()
}

func (l *leading) lead(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", l.to.Load().(string))
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}
