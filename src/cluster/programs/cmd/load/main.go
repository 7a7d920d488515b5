// Command load asks servers at a fixed rate from inside a cluster, and says afterwards what was answered, and when.
//
//	load run <loads as JSON>   asks until `load finish`, reads back what was accepted, and prints one line of JSON
//	load phase <name>          counts what is sent from now on under a name; returns when that is so
//	load finish                ends the asking; returns when that is so
//
// A load is a list of requests. The first is sent at the load's rate, on a connection of its own and on a kept one by
// turns, since the two fail in different ways. Further requests read back what the first was promised: a promise that is
// not kept is lost work. `{number}` in a request counts the requests of its load.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The two files by which the other commands reach the one that runs.
const (
	wantedFile = "wanted"
	seenFile   = "seen"
	finished   = "\x00finish"
	seenWithin = 10 * time.Second
	glance     = 20 * time.Millisecond
)

func main() {
	folder := os.Getenv("LOAD_FOLDER")
	if folder == "" {
		folder = "/tmp"
	}
	if err := command(folder, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(folder string, words []string) error {
	switch {
	case len(words) == 2 && words[0] == "run":
		var loads []Load
		if err := json.Unmarshal([]byte(words[1]), &loads); err != nil {
			return fmt.Errorf("the argument is no list of loads: %w", err)
		}
		report, err := run(folder, loads)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(report)
	case len(words) == 2 && words[0] == "phase":
		return turn(folder, words[1])
	case len(words) == 1 && words[0] == "finish":
		return turn(folder, finished)
	}
	return fmt.Errorf("usage: load run <loads as JSON> | load phase <name> | load finish")
}

// turn tells the command that runs what is wanted, and waits until it has seen that.
func turn(folder, wanted string) error {
	if err := write(folder, wantedFile, wanted); err != nil {
		return err
	}
	for deadline := time.Now().Add(seenWithin); time.Now().Before(deadline); time.Sleep(glance) {
		if read(folder, seenFile) == wanted {
			return nil
		}
	}
	return fmt.Errorf("nothing that runs saw %q within %s", wanted, seenWithin)
}

// write moves a file into place, so that nobody reads half of it.
func write(folder, name, text string) error {
	whole := filepath.Join(folder, name)
	if err := os.WriteFile(whole+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(whole+".new", whole)
}

// read gives a file's text; one that is not there says nothing yet.
func read(folder, name string) string {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return ""
	}
	return string(text)
}
