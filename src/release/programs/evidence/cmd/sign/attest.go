package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"

	"slipway.invalid/evidence/keyless"
)

const (
	statementType = "application/vnd.in-toto+json"
	// An authority's log answers each signature in a second or so.
	parallel = 8
)

type bundler func(ctx context.Context, content sign.Content) ([]byte, error)

// attestAll signs with the identity of a token where there is one, and else with a key.
func attestAll(ctx context.Context, statements, bundles string) error {
	signed, err := chosenBundler()
	if err != nil {
		return err
	}
	files, err := os.ReadDir(statements)
	if err != nil {
		return err
	}
	failures := make([]error, len(files))
	slots := make(chan struct{}, parallel)
	var running sync.WaitGroup
	for index, file := range files {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failures[index] = attest(ctx, signed, filepath.Join(statements, file.Name()), filepath.Join(bundles, file.Name()))
		})
	}
	running.Wait()
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

func attest(ctx context.Context, signed bundler, statement, target string) error {
	text, err := os.ReadFile(statement)
	if err != nil {
		return err
	}
	if !json.Valid(text) {
		return fmt.Errorf("%s is no statement", filepath.Base(statement))
	}
	written, err := signed(ctx, &sign.DSSEData{Data: text, PayloadType: statementType})
	if err != nil {
		return fmt.Errorf("signing %s: %w", filepath.Base(statement), err)
	}
	return os.WriteFile(target, written, 0o644)
}

func chosenBundler() (bundler, error) {
	if token, isGiven := identityToken(); isGiven {
		signer, err := keyless.NewSigner(token, keyless.Services{
			Fulcio:     os.Getenv("FULCIO_URL"),
			Rekor:      os.Getenv("REKOR_URL"),
			Timestamps: os.Getenv("TIMESTAMP_URL"),
		})
		if err != nil {
			return nil, err
		}
		return signer.Bundle, nil
	}
	key, err := givenKey()
	if err != nil {
		return nil, err
	}
	// With a key no log and no authority is asked: it would need a network, and tell the world what a private registry holds.
	nobody := root.ServiceConfiguration{}
	services, err := root.NewSigningConfig(root.SigningConfigMediaType02, nil, nil, nil, nobody, nil, nobody)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, content sign.Content) ([]byte, error) {
		return bundle.SignData(ctx, content, key, "", nil, nil, services, nil, bundle.SignOptions{})
	}, nil
}
