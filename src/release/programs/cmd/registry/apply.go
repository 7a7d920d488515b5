package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/regclient/regclient"
	"github.com/regclient/regclient/types/descriptor"
	"github.com/regclient/regclient/types/manifest"
	"github.com/regclient/regclient/types/ref"
)

// applyRequest is what moves, in order: what lies in a phase is done side by side, and after all phases before it.
type applyRequest struct {
	Phases []phase `json:"phases"`
}

type phase struct {
	Objects []object `json:"objects"`
	Tags    []tag    `json:"tags"`
}

// object is a manifest with what it names, pushed by digest.
type object struct {
	Repository string `json:"repository"`
	Digest     string `json:"digest"`
	// Archive is a tar of an OCI layout that holds the manifest and all that it names.
	Archive string `json:"archive"`
	// Manifest and Files hold the same, where there is no archive: digest to file.
	Manifest string            `json:"manifest"`
	Files    map[string]string `json:"files"`
}

// tag is set to a digest if the registry still has under it what the plan was made from.
type tag struct {
	Repository string `json:"repository"`
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	// Expected is the digest under the tag when the plan was made; empty: the tag did not exist.
	Expected string `json:"expected"`
}

type applyAnswer struct {
	// PushedBytes counts manifests and what they name, as far as the registry did not have them.
	PushedBytes int64 `json:"pushedBytes"`
}

// named is the part of a manifest that names other content.
type named struct {
	Config  *descriptor.Descriptor  `json:"config"`
	Layers  []descriptor.Descriptor `json:"layers"`
	Subject *descriptor.Descriptor  `json:"subject"`
}

func apply(ctx context.Context, client *regclient.RegClient, request applyRequest) (applyAnswer, error) {
	var pushed atomic.Int64
	for _, phase := range request.Phases {
		err := each(byRepository(phase.Objects), func(objects []object) error {
			for _, object := range objects {
				if err := pushSettled(ctx, client, object, &pushed); err != nil {
					return fmt.Errorf("pushing %s@%s: %w", object.Repository, object.Digest, err)
				}
			}
			return nil
		})
		if err == nil {
			err = each(phase.Tags, func(tag tag) error { return set(ctx, client, tag, &pushed) })
		}
		if err != nil {
			return applyAnswer{}, err
		}
	}
	return applyAnswer{pushed.Load()}, nil
}

// byRepository keeps objects of one repository apart from each other: a registry without the referrers API has one list
// per subject, which whoever attaches something reads and writes back.
func byRepository(objects []object) [][]object {
	places := map[string]int{}
	groups := [][]object{}
	for _, object := range objects {
		place, found := places[object.Repository]
		if !found {
			place = len(groups)
			places[object.Repository] = place
			groups = append(groups, nil)
		}
		groups[place] = append(groups[place], object)
	}
	return groups
}

const pushes = 4

var pushesApart = 500 * time.Millisecond

// pushSettled pushes again where the registry does not know what it has just been given: somebody who pushes the same at the
// same moment is writing what it looks up.
func pushSettled(ctx context.Context, client *regclient.RegClient, object object, pushed *atomic.Int64) error {
	for left := pushes; ; left-- {
		err := push(ctx, client, object, pushed)
		if err == nil || left == 1 || !isUnsettled(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pushesApart):
		}
	}
}

// isUnsettled reads the codes that a registry gives its refusals. Source: OCI Distribution 1.1, "Error Codes".
func isUnsettled(err error) bool {
	return strings.Contains(err.Error(), "MANIFEST_BLOB_UNKNOWN") || strings.Contains(err.Error(), "DIGEST_INVALID")
}

func push(ctx context.Context, client *regclient.RegClient, object object, pushed *atomic.Int64) error {
	reference, err := ref.New(object.Repository + "@" + object.Digest)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	content, err := open(object)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	defer content.close()
	text, err := content.manifest()
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	var parts named
	if err := json.Unmarshal(text, &parts); err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	existing, err := digestOf(ctx, client, object.Repository+"@"+object.Digest)
	if err != nil {
		return err
	}
	// A manifest that is there has all that it names. One with a subject is put again: an interrupted run may have left
	// it out of the list of the subject.
	if existing != "" && parts.Subject == nil {
		return nil
	}
	blobs := parts.Layers
	if parts.Config != nil {
		blobs = append([]descriptor.Descriptor{*parts.Config}, blobs...)
	}
	for _, blob := range blobs {
		if err := pushBlob(ctx, client, reference, blob, content, pushed); err != nil {
			return fmt.Errorf("%s: %w", blob.Digest, err)
		}
	}
	made, err := manifest.New(manifest.WithRaw(text), manifest.WithRef(reference))
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if existing == "" {
		pushed.Add(int64(len(text)))
	}
	return client.ManifestPut(ctx, reference, made)
}

func pushBlob(ctx context.Context, client *regclient.RegClient, reference ref.Ref, blob descriptor.Descriptor, content content, pushed *atomic.Int64) error {
	// Content that another host has is not in this registry.
	blob.URLs = nil
	if head, err := client.BlobHead(ctx, reference, blob); err == nil {
		return head.Close()
	}
	reader, err := content.blob(blob.Digest)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if _, err := client.BlobPut(ctx, reference, blob, reader); err != nil {
		return err
	}
	pushed.Add(blob.Size)
	return nil
}

// set moves a tag. The manifest lies in the repository already.
func set(ctx context.Context, client *regclient.RegClient, tag tag, pushed *atomic.Int64) error {
	name := tag.Repository + ":" + tag.Name
	existing, err := digestOf(ctx, client, name)
	if err != nil {
		return err
	}
	if existing == tag.Digest {
		return nil
	}
	if existing != tag.Expected {
		return fmt.Errorf("%s was %q when the plan was made and is %q now; run it again", name, tag.Expected, existing)
	}
	source, err := ref.New(tag.Repository + "@" + tag.Digest)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	target, err := ref.New(name)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	found, err := client.ManifestGet(ctx, source)
	if err != nil {
		return fmt.Errorf("reading %s@%s: %w", tag.Repository, tag.Digest, err)
	}
	if err := client.ManifestPut(ctx, target, found); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	pushed.Add(found.GetDescriptor().Size)
	return nil
}

// content is what an object is made of: files, or parts of an archive.
type content struct {
	object  object
	archive *os.File
	parts   map[string]*io.SectionReader
}

func open(object object) (content, error) {
	if object.Archive == "" {
		return content{object: object}, nil
	}
	file, err := os.Open(object.Archive)
	if err != nil {
		return content{}, err
	}
	parts := map[string]*io.SectionReader{}
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return content{object, file, parts}, nil
		}
		if err != nil {
			return content{}, errors.Join(err, file.Close())
		}
		// A reader of tar stands exactly where the content begins.
		at, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return content{}, errors.Join(err, file.Close())
		}
		if hash, found := strings.CutPrefix(strings.TrimPrefix(header.Name, "./"), "blobs/sha256/"); found {
			parts["sha256:"+hash] = io.NewSectionReader(file, at, header.Size)
		}
	}
}

func (c content) manifest() ([]byte, error) {
	if c.archive == nil {
		return os.ReadFile(c.object.Manifest)
	}
	reader, err := c.blob(digest.Digest(c.object.Digest))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

func (c content) blob(wanted digest.Digest) (io.ReadSeeker, error) {
	if c.archive != nil {
		part, found := c.parts[wanted.String()]
		if !found {
			return nil, fmt.Errorf("%s has no %s", c.object.Archive, wanted)
		}
		return part, nil
	}
	name, found := c.object.Files[wanted.String()]
	if !found {
		return nil, fmt.Errorf("no file holds %s", wanted)
	}
	return os.Open(name)
}

func (c content) close() {
	if c.archive != nil {
		c.archive.Close()
	}
}
