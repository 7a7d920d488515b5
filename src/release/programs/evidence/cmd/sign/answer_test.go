package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWritesWhatIsAttachedByItsDigest(t *testing.T) {
	folder := t.TempDir()
	answer := written(t, "answer.json",
		`{"artifacts":[{"texts":{"sha256:0":"own"},"referrers":[{"texts":{"sha256:1":"one","sha256:2":"two"}}]}]}`)
	if err := writeAttached(folder, written(t, "list", digestOf("two")+"\n"), []string{answer}); err != nil {
		t.Fatal(err)
	}
	found, err := os.ReadFile(filepath.Join(folder, strings.Replace(digestOf("two"), ":", "-", 1)))
	if err != nil || string(found) != "two" {
		t.Errorf("wrote %q, %v", found, err)
	}
	for _, other := range []string{digestOf("own"), "sha256:1"} {
		err := writeAttached(folder, written(t, "list", other), []string{answer})
		if err == nil || !strings.Contains(err.Error(), "is attached") {
			t.Errorf("said %v of %s", err, other)
		}
	}
	if _, err := attachedTexts([]string{written(t, "text", "two")}); err == nil {
		t.Error("takes any text for an answer")
	}
}
