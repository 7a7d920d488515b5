package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

const statementType = "application/vnd.in-toto+json"

// No log and no authority is asked: it would need a network, and tell the world what a private registry holds.
func attestAll(ctx context.Context, statements, bundles string) error {
	key, err := givenKey()
	if err != nil {
		return err
	}
	nobody := root.ServiceConfiguration{}
	services, err := root.NewSigningConfig(root.SigningConfigMediaType02, nil, nil, nil, nobody, nil, nobody)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(statements)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(statements, file.Name()))
		if err != nil {
			return err
		}
		if !json.Valid(text) {
			return fmt.Errorf("%s is no statement", file.Name())
		}
		content := &sign.DSSEData{Data: text, PayloadType: statementType}
		signed, err := bundle.SignData(ctx, content, key, "", nil, nil, services, nil, bundle.SignOptions{})
		if err != nil {
			return fmt.Errorf("signing %s: %w", file.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(bundles, file.Name()), signed, 0o644); err != nil {
			return err
		}
	}
	return nil
}
