package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Dragonfly refuses to start with less than this for each of its threads.
const memoryOfThread = 256 << 20

// settings is the part of Dragonfly's configuration that means something to Redis.
type settings struct {
	bind      string
	port      int
	directory string
	snapshot  string
	memory    int64
	threads   int64
	password  string
	evicts    bool
}

// parseSettings reads flags as --name=value, --name or --noname, and variables as DFLY_name=value; a flag wins. What
// Dragonfly would not know is refused, as Dragonfly does.
func parseSettings(arguments, environment []string) (settings, error) {
	read := settings{bind: "0.0.0.0", port: 6379, directory: ".", snapshot: "dump", threads: 1}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if flag, ours := strings.CutPrefix(name, "DFLY_"); ours {
			if err := read.set(flag, value); err != nil {
				return read, fmt.Errorf("variable %s: %w", name, err)
			}
		}
	}
	if len(arguments) > 0 && arguments[0] == "dragonfly" {
		arguments = arguments[1:]
	}
	for _, argument := range arguments {
		flag, dashed := strings.CutPrefix(argument, "--")
		if !dashed {
			return read, fmt.Errorf("%q is no flag", argument)
		}
		name, value, hasValue := strings.Cut(flag, "=")
		if !hasValue {
			name, value = strings.TrimPrefix(name, "no"), strconv.FormatBool(!strings.HasPrefix(name, "no"))
		}
		if err := read.set(name, value); err != nil {
			return read, fmt.Errorf("flag --%s: %w", name, err)
		}
	}
	if required := read.threads * memoryOfThread; read.memory > 0 && read.memory < required {
		return read, fmt.Errorf("there are %d threads, so %d bytes of memory are required and maxmemory is %d",
			read.threads, required, read.memory)
	}
	return read, nil
}

func (read *settings) set(name, value string) (err error) {
	switch name {
	case "bind":
		read.bind = value
	case "port":
		read.port, err = strconv.Atoi(value)
	case "dir":
		read.directory = value
	case "dbfilename":
		read.snapshot = value
	case "requirepass":
		read.password = value
	case "maxmemory":
		read.memory, err = parseBytes(value)
	case "proactor_threads":
		read.threads, err = strconv.ParseInt(value, 10, 32)
	case "cache_mode":
		read.evicts, err = strconv.ParseBool(value)
	case "logtostderr", "alsologtostderr", "version_check", "primary_port_http_enabled":
		_, err = strconv.ParseBool(value)
	case "snapshot_cron", "tcp_keepalive", "dbnum", "hz", "keys_output_limit":
		// Without counterpart, or without meaning to what is tested here.
	default:
		err = fmt.Errorf("not known")
	}
	return err
}

// parseBytes reads a number of bytes, or of the unit that follows it: k, m or g, with or without b or ib.
func parseBytes(text string) (int64, error) {
	lower := strings.ToLower(text)
	number := strings.TrimRight(lower, "kmgib")
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(lower, number), "b"), "i")
	shift, known := map[string]uint{"": 0, "k": 10, "m": 20, "g": 30}[unit]
	value, err := strconv.ParseInt(number, 10, 63-int(shift))
	if !known || err != nil {
		return 0, fmt.Errorf("%q is no number of bytes", text)
	}
	return value << shift, nil
}

// redisConfig writes the settings as redis.conf, to be read from standard input: no password shows in a process list.
func (read settings) redisConfig(socket string) string {
	policy, atStop, file := "noeviction", "nosave", "unused.rdb"
	if read.evicts {
		policy = "allkeys-lru"
	}
	if read.snapshot != "" {
		atStop, file = "save force", read.snapshot+".rdb"
	}
	lines := []string{
		"port 0",
		"unixsocket " + strconv.Quote(socket),
		"unixsocketperm 700",
		"dir " + strconv.Quote(read.directory),
		"dbfilename " + strconv.Quote(file),
		`save ""`,
		"shutdown-on-sigterm " + atStop,
		fmt.Sprintf("maxmemory %d", read.memory),
		"maxmemory-policy " + policy,
	}
	if read.password != "" {
		lines = append(lines, "requirepass "+strconv.Quote(read.password))
	}
	return strings.Join(lines, "\n") + "\n"
}
