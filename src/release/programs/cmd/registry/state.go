package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/regclient/regclient"
	"github.com/regclient/regclient/types/errs"
	"github.com/regclient/regclient/types/ref"
)

// stateRequest names what a plan depends on.
type stateRequest struct {
	// References of manifests, by tag or digest.
	References []string `json:"references"`
	// Subjects are references by digest whose referrers are wanted.
	Subjects []string `json:"subjects"`
}

type stateAnswer struct {
	// Digests of the references that exist.
	Digests   map[string]string     `json:"digests"`
	Referrers map[string][]referrer `json:"referrers"`
}

type referrer struct {
	Digest       string            `json:"digest"`
	ArtifactType string            `json:"artifactType"`
	Annotations  map[string]string `json:"annotations"`
}

func readState(ctx context.Context, client *regclient.RegClient, request stateRequest) (stateAnswer, error) {
	answer := stateAnswer{Digests: map[string]string{}, Referrers: map[string][]referrer{}}
	var lock sync.Mutex
	err := each(request.References, func(name string) error {
		digest, err := digestOf(ctx, client, name)
		if err != nil || digest == "" {
			return err
		}
		lock.Lock()
		defer lock.Unlock()
		answer.Digests[name] = digest
		return nil
	})
	err = errors.Join(err, each(request.Subjects, func(name string) error {
		found, err := referrersOf(ctx, client, name)
		lock.Lock()
		defer lock.Unlock()
		answer.Referrers[name] = found
		return err
	}))
	return answer, err
}

// digestOf gives the digest under a reference, and nothing where the registry has no such manifest.
func digestOf(ctx context.Context, client *regclient.RegClient, name string) (string, error) {
	reference, err := ref.New(name)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", errRequest, name, err)
	}
	head, err := client.ManifestHead(ctx, reference, regclient.WithManifestRequireDigest())
	if errors.Is(err, errs.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return head.GetDescriptor().Digest.String(), nil
}

func referrersOf(ctx context.Context, client *regclient.RegClient, name string) ([]referrer, error) {
	reference, err := ref.New(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errRequest, name, err)
	}
	list, err := client.ReferrerList(ctx, reference)
	if err != nil && !errors.Is(err, errs.ErrNotFound) {
		return nil, fmt.Errorf("reading the referrers of %s: %w", name, err)
	}
	found := []referrer{}
	for _, descriptor := range list.Descriptors {
		annotations := descriptor.Annotations
		if annotations == nil {
			annotations = map[string]string{}
		}
		found = append(found, referrer{descriptor.Digest.String(), descriptor.ArtifactType, annotations})
	}
	return found, nil
}
