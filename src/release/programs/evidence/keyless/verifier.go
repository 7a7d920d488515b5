package keyless

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// Verifier tells who signed, by the authorities and logs of a trusted root alone: it asks nobody.
type Verifier struct {
	trusted  *root.TrustedRoot
	verifier *verify.Verifier
}

// NewVerifier reads a trusted root. A log that it names must have the signature, and one of certificates the certificate;
// something that it trusts must say when the signature was made, since the certificate has ended long ago.
func NewVerifier(trustedRoot []byte) (*Verifier, error) {
	trusted, err := root.NewTrustedRootFromJSON(trustedRoot)
	if err != nil {
		return nil, fmt.Errorf("reading the trusted root: %w", err)
	}
	if len(trusted.FulcioCertificateAuthorities()) == 0 {
		return nil, errors.New("the trusted root names no authority of certificates")
	}
	options := []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	if len(trusted.RekorLogs()) > 0 {
		options = append(options, verify.WithTransparencyLog(1))
	}
	if len(trusted.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	verifier, err := verify.NewVerifier(trusted, options...)
	return &Verifier{trusted: trusted, verifier: verifier}, err
}

// HasCertificate tells what an identity has signed from what a key has, and from all else.
func HasCertificate(text []byte) bool {
	var signed struct {
		VerificationMaterial struct {
			Certificate *json.RawMessage `json:"certificate"`
		} `json:"verificationMaterial"`
	}
	return json.Unmarshal(text, &signed) == nil && signed.VerificationMaterial.Certificate != nil
}

// Signed is who signed, and the SHA-256 of what.
type Signed struct {
	Identity
	Payload string `json:"payload"`
}

// Signer verifies a signed statement and says who signed it. What the statement is about is for the caller to compare.
func (v *Verifier) Signer(text []byte) (Signed, error) {
	var signed bundle.Bundle
	if err := signed.UnmarshalJSON(text); err != nil {
		return Signed{}, fmt.Errorf("is no bundle of sigstore: %w", err)
	}
	if err := v.isOfAuthority(&signed); err != nil {
		return Signed{}, err
	}
	entries, err := signed.TlogEntries()
	if err != nil {
		return Signed{}, fmt.Errorf("has a log entry that cannot be read: %w", err)
	}
	if len(entries) == 0 && len(v.trusted.RekorLogs()) > 0 {
		return Signed{}, errors.New("has no log entry, and the trusted root names a log")
	}
	// Who may sign what is the caller's policy.
	policy := verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithoutIdentitiesUnsafe())
	found, err := v.verifier.Verify(&signed, policy)
	if err != nil {
		return Signed{}, err
	}
	certificate, envelope := found.Signature.Certificate, signed.GetDsseEnvelope()
	if certificate == nil || envelope == nil {
		return Signed{}, errors.New("is no statement that is signed with a certificate")
	}
	identity := Identity{Issuer: certificate.Issuer, Subject: certificate.SubjectAlternativeName}
	return Signed{Identity: identity, Payload: fmt.Sprintf("sha256:%x", sha256.Sum256(envelope.GetPayload()))}, nil
}

// isOfAuthority tells a certificate of others from one that has ended, which sigstore's own error does not.
func (v *Verifier) isOfAuthority(signed *bundle.Bundle) error {
	content, err := signed.VerificationContent()
	if err != nil {
		return fmt.Errorf("has no certificate that can be read: %w", err)
	}
	leaf := content.Certificate()
	if leaf == nil {
		return errors.New("is signed with no certificate")
	}
	for _, authority := range v.trusted.FulcioCertificateAuthorities() {
		if _, err := authority.Verify(leaf, leaf.NotBefore); err == nil {
			return nil
		}
	}
	return fmt.Errorf("has a certificate of %q, whom the trusted root does not name", leaf.Issuer)
}
