package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/oci"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// verifyAttached asks cosign whether something of a type is attached to an image, is about its digest, and is signed.
func verifyAttached(ctx context.Context, keyFile, predicateType, image string) error {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	public, err := cryptoutils.UnmarshalPEMToPublicKey(text)
	if err != nil {
		return err
	}
	verifier, err := signature.LoadDefaultVerifier(public)
	if err != nil {
		return err
	}
	reference, err := name.ParseReference(image, name.Insecure)
	if err != nil {
		return err
	}
	found, _, err := cosign.VerifyImageAttestations(ctx, reference, &cosign.CheckOpts{
		SigVerifier:     verifier,
		ClaimVerifier:   cosign.IntotoSubjectClaimVerifier,
		IgnoreTlog:      true,
		Offline:         true,
		NewBundleFormat: true,
	}, name.Insecure)
	if err != nil {
		return err
	}
	for _, attestation := range found {
		said, err := predicateTypeOf(attestation)
		if err != nil {
			return err
		}
		if said == predicateType {
			fmt.Println("verified", predicateType, image)
			return nil
		}
	}
	return fmt.Errorf("%d attestations of %s are verified, none is %s", len(found), image, predicateType)
}

func predicateTypeOf(attestation oci.Signature) (string, error) {
	payload, err := attestation.Payload()
	if err != nil {
		return "", err
	}
	var envelope struct {
		Payload string `json:"payload"`
	}
	if err := json.Unmarshal(payload, &envelope); err != nil {
		return "", err
	}
	text, err := base64.StdEncoding.DecodeString(envelope.Payload)
	if err != nil {
		return "", err
	}
	var statement struct {
		PredicateType string `json:"predicateType"`
	}
	err = json.Unmarshal(text, &statement)
	return statement.PredicateType, err
}
