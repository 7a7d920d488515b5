package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// signerOf is one line of the answer of signers: who signed a file, or why that counts for nothing.
type signerOf struct {
	File string `json:"file"`
	*keyless.Signed
	Reason string `json:"reason,omitempty"`
}

// printSigners says who signed each bundle of a folder, by a trusted root alone.
func printSigners(trustedRoot, bundles string) error {
	text, err := os.ReadFile(trustedRoot)
	if err != nil {
		return err
	}
	verifier, err := keyless.NewVerifier(text)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(bundles)
	if err != nil {
		return err
	}
	answers := json.NewEncoder(os.Stdout)
	for _, file := range files {
		bundle, err := os.ReadFile(filepath.Join(bundles, file.Name()))
		if err != nil {
			return err
		}
		answer := signerOf{File: file.Name()}
		if signed, err := verifier.Signer(bundle); err != nil {
			answer.Reason = err.Error()
		} else {
			answer.Signed = &signed
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}
