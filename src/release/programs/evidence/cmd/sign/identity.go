package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"slipway.invalid/evidence/keyless"
)

func identityToken() (string, bool) {
	token := strings.TrimSpace(os.Getenv("IDENTITY_TOKEN"))
	return token, token != ""
}

// printClaimed says whom IDENTITY_TOKEN is of, for a name under which signatures can be found again.
func printClaimed() error {
	token, isGiven := identityToken()
	if !isGiven {
		return fmt.Errorf("IDENTITY_TOKEN is empty")
	}
	identity, err := keyless.Claimed(token)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(identity)
}

// signerOf is one line of the answer of signers: who signed a bundle, or why that counts for nothing.
type signerOf struct {
	Bundle string `json:"bundle"`
	*keyless.Signed
	Reason string `json:"reason,omitempty"`
}

// printSigners says who signed what is attached with a certificate, by a trusted root alone.
func printSigners(trustedRoot string, answers []string) error {
	text, err := os.ReadFile(trustedRoot)
	if err != nil {
		return err
	}
	verifier, err := keyless.NewVerifier(text)
	if err != nil {
		return err
	}
	attached, err := attachedTexts(answers)
	if err != nil {
		return err
	}
	printed := json.NewEncoder(os.Stdout)
	for _, digest := range inOrder(attached) {
		if !keyless.HasCertificate([]byte(attached[digest])) {
			continue
		}
		answer := signerOf{Bundle: digest}
		if signed, err := verifier.Signer([]byte(attached[digest])); err != nil {
			answer.Reason = err.Error()
		} else {
			answer.Signed = &signed
		}
		if err := printed.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}
