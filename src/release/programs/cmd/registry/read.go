package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/regclient/regclient"
	"github.com/regclient/regclient/types/descriptor"
	"github.com/regclient/regclient/types/errs"
	"github.com/regclient/regclient/types/ref"
)

const (
	// maxText is the most that is given as text: reports of packages are the largest.
	maxText   = 64 << 20
	chartType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// readRequest names what is to be read whole.
type readRequest struct {
	References []string `json:"references"`
}

type readAnswer struct {
	Artifacts []artifact `json:"artifacts"`
}

// artifact is what a registry has under a reference. Everything is read and hashed here; only texts are given.
type artifact struct {
	Reference string `json:"reference"`
	// Digest of the manifest as it was read; empty: the registry has none.
	Digest   string `json:"digest"`
	Manifest string `json:"manifest"`
	// Texts of what the manifest names and is JSON, by digest: configurations, evidence, the record.
	Texts map[string]string `json:"texts"`
	// Files of a chart: Chart.yaml and values.yaml.
	Files map[string]string `json:"files"`
	// Problems are blobs that are missing, cut or other than their digest.
	Problems  []string   `json:"problems"`
	Referrers []artifact `json:"referrers"`
}

func read(ctx context.Context, client *regclient.RegClient, request readRequest) (readAnswer, error) {
	answer := readAnswer{make([]artifact, len(request.References))}
	indexes := make([]int, len(request.References))
	for index := range indexes {
		indexes[index] = index
	}
	err := each(indexes, func(index int) error {
		found, err := readArtifact(ctx, client, request.References[index], true)
		answer.Artifacts[index] = found
		return err
	})
	return answer, err
}

func readArtifact(ctx context.Context, client *regclient.RegClient, name string, isSubject bool) (artifact, error) {
	found := artifact{name, "", "", map[string]string{}, map[string]string{}, []string{}, []artifact{}}
	reference, err := ref.New(name)
	if err != nil {
		return found, fmt.Errorf("%w: %s: %w", errRequest, name, err)
	}
	got, err := client.ManifestGet(ctx, reference)
	if errors.Is(err, errs.ErrNotFound) {
		return found, nil
	}
	if errors.Is(err, errs.ErrDigestMismatch) {
		found.Problems = append(found.Problems, fmt.Sprintf("%s is other than its digest", name))
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("reading %s: %w", name, err)
	}
	text, err := got.RawBody()
	if err != nil {
		return found, fmt.Errorf("reading %s: %w", name, err)
	}
	found.Manifest = string(text)
	found.Digest = digest.FromBytes(text).String()
	var parts named
	if err := json.Unmarshal(text, &parts); err != nil {
		found.Problems = append(found.Problems, fmt.Sprintf("the manifest is no JSON: %s", err))
		return found, nil
	}
	if parts.Config != nil {
		readBlob(ctx, client, reference, *parts.Config, &found)
	}
	for _, layer := range parts.Layers {
		readBlob(ctx, client, reference, layer, &found)
	}
	if !isSubject {
		return found, nil
	}
	return found, readReferrers(ctx, client, reference.SetDigest(found.Digest), &found)
}

func readReferrers(ctx context.Context, client *regclient.RegClient, subject ref.Ref, found *artifact) error {
	referrers, err := referrersOf(ctx, client, subject.CommonName())
	if err != nil {
		return err
	}
	for _, referrer := range referrers {
		read, err := readArtifact(ctx, client, subject.SetDigest(referrer.Digest).CommonName(), false)
		if err != nil {
			return err
		}
		found.Referrers = append(found.Referrers, read)
	}
	return nil
}

// readBlob hashes a blob by itself: what a registry or a client says of it does not count.
func readBlob(ctx context.Context, client *regclient.RegClient, reference ref.Ref, blob descriptor.Descriptor, found *artifact) {
	// What a manifest says of other hosts is not asked: whoever can attach something could send a verifier anywhere.
	blob.URLs = nil
	problem := func(text string) { found.Problems = append(found.Problems, fmt.Sprintf("%s %s", blob.Digest, text)) }
	reader, err := client.BlobGet(ctx, reference, blob)
	if err != nil {
		problem("cannot be read: " + err.Error())
		return
	}
	defer reader.Close()
	asText := strings.HasSuffix(blob.MediaType, "json")
	keep := asText || blob.MediaType == chartType
	hasher := digest.Canonical.Digester()
	var kept bytes.Buffer
	target := io.Writer(hasher.Hash())
	if keep {
		target = io.MultiWriter(target, &kept)
	}
	size, err := io.Copy(target, io.LimitReader(reader, max(blob.Size, maxText)+1))
	switch {
	case size < blob.Size:
		problem(fmt.Sprintf("is cut: %d of %d bytes", size, blob.Size))
		return
	case hasher.Digest() != blob.Digest || size != blob.Size:
		problem(fmt.Sprintf("has other content: %s of %d bytes", hasher.Digest(), size))
		return
	case err != nil:
		problem("cannot be read: " + err.Error())
		return
	}
	if asText {
		found.Texts[blob.Digest.String()] = kept.String()
	}
	if blob.MediaType == chartType {
		if err := readChart(&kept, found.Files); err != nil {
			problem("is no chart: " + err.Error())
		}
	}
}

func readChart(packed io.Reader, files map[string]string) error {
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	reader := tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		folder, file := path.Split(header.Name)
		if path.Dir(path.Clean(folder)) != "." || (file != "Chart.yaml" && file != "values.yaml") {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(reader, maxText))
		if err != nil {
			return err
		}
		files[file] = string(text)
	}
}
