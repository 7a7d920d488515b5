// Command runc stands before the real runc. A machine may lack capabilities that the engine gives to containers, and
// may forbid a raised file limit or a negative out-of-memory score; runc would refuse to start them. This program
// takes from the container's configuration what the machine does not grant, then becomes the real runc.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const realRunc = "/usr/sbin/runc"

func main() {
	if bundle, starts := bundleOf(os.Args[1:]); starts {
		if err := limitBundle(bundle); err != nil {
			fmt.Fprintln(os.Stderr, "runc shim:", err)
			os.Exit(1)
		}
	}
	err := syscall.Exec(realRunc, append([]string{realRunc}, os.Args[1:]...), os.Environ())
	fmt.Fprintf(os.Stderr, "runc shim: start %s: %v\n", realRunc, err)
	os.Exit(1)
}

// bundleOf returns the folder with config.json, and whether the arguments start a container at all.
func bundleOf(arguments []string) (bundle string, starts bool) {
	bundle = "."
	for i, argument := range arguments {
		switch {
		case argument == "run" || argument == "create":
			starts = true
		case (argument == "--bundle" || argument == "-b") && i+1 < len(arguments):
			bundle = arguments[i+1]
		case strings.HasPrefix(argument, "--bundle="):
			bundle = strings.TrimPrefix(argument, "--bundle=")
		}
	}
	return bundle, starts
}

func limitBundle(bundle string) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	held, err := boundingSet(status)
	if err != nil {
		return err
	}
	path := filepath.Join(bundle, "config.json")
	config, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	limited, err := limitConfig(config, newMachine(held))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(limited, config) {
		return nil
	}
	return os.WriteFile(path, limited, 0o600)
}

// machine is what this machine grants.
type machine struct {
	held     func(capability string) bool
	maxFiles uint64
	mayRaise bool
}

func newMachine(held uint64) machine {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		files.Max = 0
	}
	has := func(name string) bool {
		number, known := capabilityNumbers[name]
		return !known || held&(1<<number) != 0
	}
	return machine{held: has, maxFiles: files.Max, mayRaise: has("CAP_SYS_RESOURCE")}
}

// limitConfig returns config without what the machine does not grant; everything else stays as it is, byte for byte
// in meaning: numbers keep their digits.
func limitConfig(config []byte, host machine) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(config))
	decoder.UseNumber()
	var spec map[string]any
	if err := decoder.Decode(&spec); err != nil {
		return nil, err
	}
	process, ok := spec["process"].(map[string]any)
	if !ok {
		return config, nil
	}
	changed := limitCapabilities(process, host)
	if !host.mayRaise {
		changed = limitScore(process) || changed
		changed = limitFiles(process, host) || changed
	}
	if !changed {
		return config, nil
	}
	return json.Marshal(spec)
}

func limitCapabilities(process map[string]any, host machine) bool {
	sets, _ := process["capabilities"].(map[string]any)
	changed := false
	for name, set := range sets {
		wanted, ok := set.([]any)
		if !ok {
			continue
		}
		granted := make([]any, 0, len(wanted))
		for _, capability := range wanted {
			if text, ok := capability.(string); !ok || host.held(text) {
				granted = append(granted, capability)
			}
		}
		changed = changed || len(granted) != len(wanted)
		sets[name] = granted
	}
	return changed
}

func limitScore(process map[string]any) bool {
	score, ok := process["oomScoreAdj"].(json.Number)
	if !ok || !strings.HasPrefix(score.String(), "-") {
		return false
	}
	process["oomScoreAdj"] = json.Number("0")
	return true
}

func limitFiles(process map[string]any, host machine) bool {
	limits, _ := process["rlimits"].([]any)
	changed := false
	for _, entry := range limits {
		limit, ok := entry.(map[string]any)
		if !ok || limit["type"] != "RLIMIT_NOFILE" {
			continue
		}
		for _, side := range []string{"hard", "soft"} {
			number, ok := limit[side].(json.Number)
			if !ok {
				continue
			}
			if value, err := strconv.ParseUint(number.String(), 10, 64); err == nil && value > host.maxFiles {
				limit[side] = json.Number(strconv.FormatUint(host.maxFiles, 10))
				changed = true
			}
		}
	}
	return changed
}

// boundingSet reads which capabilities a container can have at most.
func boundingSet(status []byte) (uint64, error) {
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "CapBnd:"); found {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, fmt.Errorf("/proc/self/status names no bounding set")
}
