// Command renders answers what `helm template` makes of a chart with many sets of values, in one process.
//
// It is called with the folder of a chart and a file of requests, and prints a list of answers as JSON, in their order.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
)

// requests is what is asked of a chart.
type requests struct {
	Release   string    `json:"release"`
	Namespace string    `json:"namespace"`
	Renders   []request `json:"renders"`
}

// request is one set of values: files, and changes as `--set-json` takes them.
type request struct {
	Values  []string `json:"values"`
	SetJSON []string `json:"setJson"`
}

// answer is the hash of what is rendered, or why helm refuses to.
type answer struct {
	Hash    string `json:"hash,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("usage: renders <chart> <requests>")
	}
	text, err := os.ReadFile(words[1])
	if err != nil {
		return err
	}
	var asked requests
	if err := json.Unmarshal(text, &asked); err != nil {
		return fmt.Errorf("%s: %w", words[1], err)
	}
	return json.NewEncoder(os.Stdout).Encode(answers(words[0], asked))
}

// answers renders as many at a time as there are processors.
func answers(folder string, asked requests) []answer {
	found := make([]answer, len(asked.Renders))
	next := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for at := range next {
				found[at] = answerTo(folder, asked, asked.Renders[at])
			}
		})
	}
	for at := range asked.Renders {
		next <- at
	}
	close(next)
	group.Wait()
	return found
}

func answerTo(folder string, asked requests, one request) answer {
	text, err := render(folder, asked, one)
	if err != nil {
		return answer{Refusal: err.Error()}
	}
	sum := sha256.Sum256(text)
	return answer{Hash: hex.EncodeToString(sum[:])}
}

// render does what the command `helm template` does, and gives the bytes that it prints.
func render(folder string, asked requests, one request) ([]byte, error) {
	options := values.Options{ValueFiles: one.Values, JSONValues: one.SetJSON}
	given, err := options.MergeValues(getter.Providers{})
	if err != nil {
		return nil, err
	}
	// A render changes the chart: dependencies that are off are taken out of it.
	loaded, err := loader.Load(folder)
	if err != nil {
		return nil, err
	}
	if err := action.CheckDependencies(loaded, loaded.Metadata.Dependencies); err != nil {
		return nil, err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.DryRunOption, install.ClientOnly, install.Replace = true, "true", true, true
	install.ReleaseName, install.Namespace = asked.Release, asked.Namespace
	release, err := install.Run(loaded, given)
	if err != nil {
		return nil, err
	}
	var printed bytes.Buffer
	fmt.Fprintln(&printed, strings.TrimSpace(release.Manifest))
	for _, hook := range release.Hooks {
		fmt.Fprintf(&printed, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return printed.Bytes(), nil
}
