package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// attachedTexts reads what the program `registry` answered to "read": all that is attached, by the digest of the text. It
// passes from one container to another in a file, since it is long.
func attachedTexts(answers []string) (map[string]string, error) {
	texts := map[string]string{}
	for _, name := range answers {
		written, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var answer struct {
			Artifacts []struct {
				Referrers []struct {
					Texts map[string]string `json:"texts"`
				} `json:"referrers"`
			} `json:"artifacts"`
		}
		if err := json.Unmarshal(written, &answer); err != nil {
			return nil, fmt.Errorf("%s is no answer of a registry: %w", filepath.Base(name), err)
		}
		for _, artifact := range answer.Artifacts {
			for _, referrer := range artifact.Referrers {
				for _, text := range referrer.Texts {
					texts[digestOf(text)] = text
				}
			}
		}
	}
	return texts, nil
}

func digestOf(text string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))) }

func inOrder(texts map[string]string) []string {
	digests := make([]string, 0, len(texts))
	for digest := range texts {
		digests = append(digests, digest)
	}
	sort.Strings(digests)
	return digests
}

// writeAttached writes the texts whose digests a file lists into a folder, each under its digest with a hyphen for the colon.
func writeAttached(folder, list string, answers []string) error {
	wanted, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	texts, err := attachedTexts(answers)
	if err != nil {
		return err
	}
	for _, digest := range strings.Fields(string(wanted)) {
		text, isThere := texts[digest]
		if !isThere {
			return fmt.Errorf("nothing with the digest %s is attached", digest)
		}
		if err := os.WriteFile(filepath.Join(folder, strings.Replace(digest, ":", "-", 1)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
