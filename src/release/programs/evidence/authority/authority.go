// Package authority is an authority of certificates and a log of signatures for tests: what Fulcio and Rekor are to sigstore,
// with the same addresses, forms and checks, and with keys that are made for one test.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/mail"
	"net/url"
	"sync/atomic"
	"time"
)

// Authority gives certificates to those whom its issuer vouches for, and logs what they sign.
type Authority struct {
	// Issuer is whose tokens it takes; it signs them with a key of the authority.
	Issuer string
	// Now is the time that certificates begin at; nothing: the time.
	Now func() time.Time

	root, intermediate  *x509.Certificate
	ca, log, identities *ecdsa.PrivateKey
	entries             atomic.Int64
}

const (
	lifetime = 10 * time.Minute
	decade   = 10 * 365 * 24 * time.Hour
	// Audience is whom a token has to be meant for.
	Audience = "sigstore"
)

// Keys are the secrets of an authority, so that another process can be the same.
type Keys struct {
	Issuer                     string
	Root, Intermediate         []byte
	CA, Log, IdentityProviders []byte
}

// New makes an authority with keys of its own.
func New(issuer string) (*Authority, error) {
	made := &Authority{Issuer: issuer}
	rootKey, err := newKey()
	if err != nil {
		return nil, err
	}
	for _, key := range []**ecdsa.PrivateKey{&made.ca, &made.log, &made.identities} {
		if *key, err = newKey(); err != nil {
			return nil, err
		}
	}
	if made.root, err = certificate(authorityOf("root of a test"), nil, rootKey.Public(), rootKey); err != nil {
		return nil, err
	}
	issuing := authorityOf("authority of a test")
	issuing.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	made.intermediate, err = certificate(issuing, made.root, made.ca.Public(), rootKey)
	return made, err
}

// Handler answers as Fulcio and Rekor do.
func (a *Authority) Handler() http.Handler {
	answers := http.NewServeMux()
	answers.HandleFunc("POST /api/v2/signingCert", a.certify)
	answers.HandleFunc("POST /api/v1/log/entries", a.enter)
	return answers
}

func (a *Authority) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

// TrustedRoot is what those trust who trust this authority and its log, in sigstore's form.
func (a *Authority) TrustedRoot() ([]byte, error) { return a.trustedRoot(true) }

// TrustedRootWithoutLog trusts the certificates, and names no log that must have a signature.
func (a *Authority) TrustedRootWithoutLog() ([]byte, error) { return a.trustedRoot(false) }

func (a *Authority) trustedRoot(hasLog bool) ([]byte, error) {
	key, id, err := a.logKey()
	if err != nil {
		return nil, err
	}
	valid := map[string]any{"start": a.root.NotBefore.Format(time.RFC3339)}
	logs := []any{}
	if hasLog {
		logs = append(logs, map[string]any{
			"baseUrl": "http://authority", "hashAlgorithm": "SHA2_256", "logId": map[string]any{"keyId": id},
			"publicKey": map[string]any{"rawBytes": key, "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
		})
	}
	chain := []any{map[string]any{"rawBytes": a.intermediate.Raw}, map[string]any{"rawBytes": a.root.Raw}}
	return json.MarshalIndent(map[string]any{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"tlogs":     logs,
		"certificateAuthorities": []any{map[string]any{
			"subject": map[string]any{"commonName": a.root.Subject.CommonName}, "uri": "http://authority",
			"certChain": map[string]any{"certificates": chain}, "validFor": valid,
		}},
	}, "", "  ")
}

func (a *Authority) logKey() ([]byte, []byte, error) {
	key, err := x509.MarshalPKIXPublicKey(a.log.Public())
	id := sha256.Sum256(key)
	return key, id[:], err
}

// Keys gives the secrets.
func (a *Authority) Keys() (Keys, error) {
	keys := Keys{Issuer: a.Issuer, Root: a.root.Raw, Intermediate: a.intermediate.Raw}
	targets := map[*[]byte]*ecdsa.PrivateKey{&keys.CA: a.ca, &keys.Log: a.log, &keys.IdentityProviders: a.identities}
	for target, key := range targets {
		text, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return Keys{}, err
		}
		*target = text
	}
	return keys, nil
}

// FromKeys is the authority that has these secrets.
func FromKeys(keys Keys) (*Authority, error) {
	made := &Authority{Issuer: keys.Issuer}
	var err error
	if made.root, err = x509.ParseCertificate(keys.Root); err != nil {
		return nil, err
	}
	if made.intermediate, err = x509.ParseCertificate(keys.Intermediate); err != nil {
		return nil, err
	}
	targets := map[**ecdsa.PrivateKey][]byte{&made.ca: keys.CA, &made.log: keys.Log, &made.identities: keys.IdentityProviders}
	for target, text := range targets {
		if *target, err = x509.ParseECPrivateKey(text); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func authorityOf(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(decade),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
}

// certificate signs; without a parent it is its own.
func certificate(wanted, parent *x509.Certificate, public any, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	wanted.SerialNumber = serial
	if parent == nil {
		parent = wanted
	}
	raw, err := x509.CreateCertificate(rand.Reader, wanted, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

// leaf is a certificate of somebody: an address of mail, or anything else as a URI.
func (a *Authority) leaf(subject string, public *ecdsa.PublicKey) (*x509.Certificate, error) {
	issuer, err := asn1.MarshalWithParams(a.Issuer, "utf8")
	if err != nil {
		return nil, err
	}
	wanted := &x509.Certificate{
		NotBefore: a.now(), NotAfter: a.now().Add(lifetime), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		// Fulcio's extension "issuer", in its second form.
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: issuer}},
	}
	if _, err := mail.ParseAddress(subject); err == nil {
		wanted.EmailAddresses = []string{subject}
	} else {
		uri, err := url.Parse(subject)
		if err != nil {
			return nil, fmt.Errorf("the subject is neither an address of mail nor a URI: %w", err)
		}
		wanted.URIs = []*url.URL{uri}
	}
	return certificate(wanted, a.intermediate, public, a.ca)
}

func encoded(text []byte) string { return base64.StdEncoding.EncodeToString(text) }
