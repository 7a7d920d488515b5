// Command network-trials has pods of a cluster run a program, several at a time, through one proxy of the API.
//
//	network-trials SOCKET FOLDER COMMAND [ARGUMENT]...
//
// SOCKET is where `kubectl proxy` listens. FOLDER has a file `sources`, a line `NAMESPACE POD` for each pod, and its input
// under `trials/POD`: lines that begin with the number of a trial. What the programs print is printed. A trial of which a
// pod says nothing, since its program could not run or ended too early, is printed as `NUMBER failed REASON`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// What a node can start at once without keeping those that have begun from answering in time.
	together = 6
	patience = 90 * time.Second
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "network-trials:", err)
		os.Exit(1)
	}
}

func run(words []string, out io.Writer) error {
	if len(words) < 3 {
		return errors.New("usage: network-trials SOCKET FOLDER COMMAND [ARGUMENT]...")
	}
	folder := words[1]
	sources, err := readSources(folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	api, err := proxyAt(ctx, words[0])
	if err != nil {
		return err
	}
	places := make(chan struct{}, together)
	var printing sync.Mutex
	var pods sync.WaitGroup
	for _, source := range sources {
		pods.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			answer, err := api.exec(ctx, source.namespace, source.pod, words[2:], source.trials)
			printing.Lock()
			defer printing.Unlock()
			fmt.Fprint(out, withUnanswered(source.trials, answer, err))
		})
	}
	pods.Wait()
	return nil
}

type source struct {
	namespace, pod string
	trials         []byte
}

func readSources(folder string) ([]source, error) {
	text, err := os.ReadFile(filepath.Join(folder, "sources"))
	if err != nil {
		return nil, err
	}
	var sources []source
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 2 {
			return nil, fmt.Errorf("%q is no pod: NAMESPACE POD", line)
		}
		trials, err := os.ReadFile(filepath.Join(folder, "trials", words[1]))
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{words[0], words[1], trials})
	}
	return sources, nil
}

// withUnanswered gives what a pod has answered, and a line for each trial that it has left open.
func withUnanswered(trials, answer []byte, err error) string {
	answered := map[string]bool{}
	var lines strings.Builder
	for line := range strings.Lines(string(answer)) {
		// A line without an end was cut off.
		if strings.HasSuffix(line, "\n") {
			answered[firstWord(line)] = true
			lines.WriteString(line)
		}
	}
	reason := "the pod said nothing of it"
	if err != nil {
		reason = strings.Join(strings.Fields(err.Error()), " ")
	}
	for trial := range strings.Lines(string(trials)) {
		if number := firstWord(trial); !answered[number] {
			fmt.Fprintln(&lines, number, "failed", reason)
		}
	}
	return lines.String()
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return word
}
