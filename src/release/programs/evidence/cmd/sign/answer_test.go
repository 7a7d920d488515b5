package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWritesWhatIsAttachedByItsDigest(t *testing.T) {
	folder := t.TempDir()
	answer := filepath.Join(folder, "answer.json")
	text := `{"artifacts":[{"texts":{"sha256:0":"own"},"referrers":[{"texts":{"sha256:1":"one","sha256:2":"two"}}]}]}`
	if err := os.WriteFile(answer, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeAttached(answer, folder, []string{digestOf("two")}); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(folder, strings.Replace(digestOf("two"), ":", "-", 1)))
	if err != nil || string(written) != "two" {
		t.Errorf("wrote %q, %v", written, err)
	}
	for _, other := range []string{digestOf("own"), "sha256:1"} {
		if err := writeAttached(answer, folder, []string{other}); err == nil || !strings.Contains(err.Error(), "is attached") {
			t.Errorf("said %v of %s", err, other)
		}
	}
	if _, err := attachedTexts([]string{filepath.Join(folder, strings.Replace(digestOf("two"), ":", "-", 1))}); err == nil {
		t.Error("takes any text for an answer")
	}
}
