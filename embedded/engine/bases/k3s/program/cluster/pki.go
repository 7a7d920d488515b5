package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 365 * 24 * time.Hour

// authority signs everything in the cluster.
type authority struct {
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

// subject is whom a certificate is for.
type subject struct {
	name      string
	group     string
	addresses []netip.Addr
	names     []string
}

// pair is a certificate and its key, as files and as text.
type pair struct {
	certFile, keyFile string
	cert, key         []byte
}

// newAuthority makes a certificate authority of its own for each cluster, in folder.
func newAuthority(folder string) (*authority, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate(subject{name: "k3s-ca"})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = nil
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	made := &authority{folder: folder, certificate: signed, key: key, pem: pemOf("CERTIFICATE", der)}
	_, err = made.write("ca", made.pem, key)
	return made, err
}

func (a *authority) file() string { return filepath.Join(a.folder, "ca.crt") }

func (a *authority) keyFile() string { return filepath.Join(a.folder, "ca.key") }

// issue signs a certificate that serves and asks.
func (a *authority) issue(file string, holder subject) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate(holder), a.certificate, key.Public(), a.key)
	if err != nil {
		return pair{}, err
	}
	return a.write(file, pemOf("CERTIFICATE", der), key)
}

// signingKey makes the key that tokens of service accounts are signed with, and gives the file.
func (a *authority) signingKey() (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	made, err := a.write("service", nil, key)
	return made.keyFile, err
}

func (a *authority) write(file string, cert []byte, key *ecdsa.PrivateKey) (pair, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	base := filepath.Join(a.folder, file)
	made := pair{certFile: base + ".crt", keyFile: base + ".key", cert: cert, key: pemOf("EC PRIVATE KEY", der)}
	if cert != nil {
		if err := os.WriteFile(made.certFile, cert, 0o644); err != nil {
			return pair{}, err
		}
	}
	return made, os.WriteFile(made.keyFile, made.key, 0o600)
}

// kubeconfig gives the access of a holder of a certificate.
func (a *authority) kubeconfig(server string, holder pair) []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: default
  cluster:
    certificate-authority-data: %s
    server: %s
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
`, encode(a.pem), server, encode(holder.cert), encode(holder.key))
}

func certificate(holder subject) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // The kernel's random numbers do not fail.
	}
	// A clock that is set back a little must not make the certificates of the future.
	since := time.Now().Add(-time.Hour)
	made := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: holder.name},
		NotBefore:    since,
		NotAfter:     since.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     holder.names,
	}
	if holder.group != "" {
		made.Subject.Organization = []string{holder.group}
	}
	for _, address := range holder.addresses {
		made.IPAddresses = append(made.IPAddresses, net.IP(address.AsSlice()))
	}
	return made
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
