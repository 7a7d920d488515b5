// Package keyless signs with certificates that an authority gives for an identity and a few minutes, and says who signed.
package keyless

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	bundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/oauthflow"
	"google.golang.org/protobuf/encoding/protojson"
)

// Services are the addresses of what takes part in a signature, each without a path; none but Fulcio has to be there.
type Services struct {
	// Fulcio gives certificates.
	Fulcio string
	// Rekor keeps a log of signatures, and says when each was made.
	Rekor string
	// Timestamps says when a signature was made, for those who keep no log: the full address, as RFC 3161 has it.
	Timestamps string
}

// Identity is who signs: the name of somebody, and who vouches for it.
type Identity struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

const (
	timeout = 60 * time.Second
	retries = 2
	// Seconds that a certificate has to be valid for, so that the log has them in the same minutes.
	reserve = 120 * time.Second
)

// Signer signs as an identity, with a key that it makes and forgets.
type Signer struct {
	token    string
	services Services
	key      *sign.EphemeralKeypair
	fulcio   *sign.Fulcio
	lock     sync.Mutex
	leaf     []byte
}

// NewSigner makes a signer. Without a log and without timestamps nobody could tell later that a certificate was valid.
func NewSigner(token string, services Services) (*Signer, error) {
	if services.Rekor == "" && services.Timestamps == "" {
		return nil, errors.New("neither a log nor a time stamping service is named, so that no signature could be verified later")
	}
	key, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, err
	}
	fulcio := sign.NewFulcio(&sign.FulcioOptions{BaseURL: services.Fulcio, Timeout: timeout, Retries: retries})
	return &Signer{token: token, services: services, key: key, fulcio: fulcio}, nil
}

// Bundle signs, and gives the signature with its certificate and what says when it was made.
func (s *Signer) Bundle(ctx context.Context, content sign.Content) ([]byte, error) {
	options := sign.BundleOptions{
		Context:                    ctx,
		CertificateProvider:        s,
		CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: s.token},
	}
	if s.services.Rekor != "" {
		options.TransparencyLogs = []sign.Transparency{transparencyLog(s.services.Rekor)}
	}
	if s.services.Timestamps != "" {
		clock := &sign.TimestampAuthorityOptions{URL: s.services.Timestamps, Timeout: timeout, Retries: retries}
		options.TimestampAuthorities = []*sign.TimestampAuthority{sign.NewTimestampAuthority(clock)}
	}
	signed, err := sign.Bundle(content, s.key, options)
	if err != nil {
		return nil, err
	}
	return protojson.Marshal(signed)
}

// GetCertificate gives one certificate to all signatures of a run, and asks for another before it ends.
func (s *Signer) GetCertificate(ctx context.Context, key sign.Keypair, options *sign.CertificateProviderOptions) ([]byte, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.leaf != nil {
		leaf, err := x509.ParseCertificate(s.leaf)
		if err != nil {
			return nil, err
		}
		if time.Until(leaf.NotAfter) > reserve {
			return s.leaf, nil
		}
	}
	leaf, err := s.fulcio.GetCertificate(ctx, key, options)
	if err != nil {
		return nil, fmt.Errorf("asking %s for a certificate: %w", s.services.Fulcio, err)
	}
	s.leaf = leaf
	return leaf, nil
}

// transparencyLog is a log by its address, which its own client does not say when it is refused.
type transparencyLog string

func (l transparencyLog) GetTransparencyLogEntry(ctx context.Context, certificate []byte, signed *bundle.Bundle) error {
	log := sign.NewRekor(&sign.RekorOptions{BaseURL: string(l), Timeout: timeout, Retries: retries})
	if err := log.GetTransparencyLogEntry(ctx, certificate, signed); err != nil {
		return fmt.Errorf("asking %s to log a signature: %w", l, err)
	}
	return nil
}

// Claimed reads whom a token says that it is of; whether that is true is the authority's to find out.
func Claimed(token string) (Identity, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Identity{}, errors.New("the identity token is no JSON web token")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Identity{}, fmt.Errorf("the identity token is no JSON web token: %w", err)
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return Identity{}, fmt.Errorf("the identity token is no JSON web token: %w", err)
	}
	subject, err := oauthflow.SubjectFromUnverifiedToken(text)
	if err != nil {
		return Identity{}, fmt.Errorf("the identity token: %w", err)
	}
	return Identity{Issuer: claims.Issuer, Subject: subject}, nil
}
