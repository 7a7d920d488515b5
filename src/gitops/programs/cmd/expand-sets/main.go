// Expand-sets makes the Applications of Argo CD's ApplicationSets, as the controller would, without a cluster.
//
//	expand-sets INPUT OUTPUT
//
// INPUT is a JSON list of ApplicationSets. OUTPUT becomes a folder with expansion.json, which has every Application with the
// place that it was made from and every problem, and with applications/<number>.json, one file for each Application.
// Exit code 0: the folder was written, whatever the problems; 2: it could not be.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(arguments []string, problems io.Writer) int {
	if len(arguments) != 2 {
		fmt.Fprintln(problems, "usage: expand-sets INPUT OUTPUT")
		return 2
	}
	if err := expandFile(arguments[0], arguments[1]); err != nil {
		fmt.Fprintln(problems, err)
		return 2
	}
	return 0
}

func expandFile(input, output string) error {
	text, err := os.ReadFile(input)
	if err != nil {
		return err
	}
	var sets []object
	if err := json.Unmarshal(text, &sets); err != nil {
		return fmt.Errorf("%s: no list of ApplicationSets: %w", input, err)
	}
	result := expansion{Applications: []application{}, Problems: []problem{}}
	for index, set := range sets {
		result.add(index, set)
	}
	folder := filepath.Join(output, "applications")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for index, made := range result.Applications {
		if err := writeJSON(filepath.Join(folder, strconv.Itoa(index)+".json"), made.Body); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(output, "expansion.json"), result)
}

func writeJSON(file string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
