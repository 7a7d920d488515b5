package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"

	"github.com/sigstore/cosign/v3/pkg/cosign"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
)

func password(bool) ([]byte, error) { return []byte(os.Getenv("COSIGN_PASSWORD")), nil }

func generateKeyPair() error {
	keys, err := cosign.GenerateKeyPair(password)
	if err != nil {
		return err
	}
	if err := os.WriteFile("cosign.key", keys.PrivateBytes, 0o600); err != nil {
		return err
	}
	return os.WriteFile("cosign.pub", keys.PublicBytes, 0o644)
}

func printPublicKey() error {
	key, err := givenKey()
	if err != nil {
		return err
	}
	text, err := key.GetPublicKeyPem()
	if err != nil {
		return err
	}
	_, err = fmt.Print(text)
	return err
}

// keyPair is a key of cosign as sigstore's signer asks for it; cosign has the same in a package that is its own.
type keyPair struct {
	signer  signature.SignerVerifier
	public  *ecdsa.PublicKey
	hint    []byte
	details signature.AlgorithmDetails
}

func givenKey() (*keyPair, error) {
	secret, err := password(false)
	if err != nil {
		return nil, err
	}
	signer, err := cosign.LoadPrivateKey([]byte(os.Getenv("COSIGN_PRIVATE_KEY")), secret, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the private key: %w", err)
	}
	public, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	// verify of this module reads SHA-256 signatures of ECDSA keys, which is what cosign makes.
	curve, isCurve := public.(*ecdsa.PublicKey)
	if !isCurve {
		return nil, errors.New("the private key is no ECDSA key, as `cosign generate-key-pair` makes it")
	}
	encoded, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	details, err := signature.GetDefaultAlgorithmDetails(public, *cosign.GetDefaultLoadOptions(nil)...)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(encoded)
	hint := []byte(base64.StdEncoding.EncodeToString(hash[:]))
	return &keyPair{signer: signer, public: curve, hint: hint, details: details}, nil
}

func (k *keyPair) GetHashAlgorithm() common.HashAlgorithm { return k.details.GetProtoHashType() }
func (k *keyPair) GetSigningAlgorithm() common.PublicKeyDetails {
	return k.details.GetSignatureAlgorithm()
}
func (k *keyPair) GetHint() []byte                { return k.hint }
func (k *keyPair) GetKeyAlgorithm() string        { return "ECDSA" }
func (k *keyPair) GetPublicKey() crypto.PublicKey { return k.public }

func (k *keyPair) GetPublicKeyPem() (string, error) {
	text, err := cryptoutils.MarshalPublicKeyToPEM(k.public)
	return string(text), err
}

func (k *keyPair) SignData(ctx context.Context, data []byte) ([]byte, []byte, error) {
	hash := k.details.GetHashType().New()
	hash.Write(data)
	digest := hash.Sum(nil)
	signed, err := k.signer.SignMessage(bytes.NewReader(data), options.WithContext(ctx), options.WithDigest(digest))
	return signed, digest, err
}
