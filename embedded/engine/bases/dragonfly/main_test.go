package main

import (
	"bufio"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseSettings(t *testing.T) {
	read, err := parseSettings(
		[]string{"dragonfly", "--logtostderr", "--version_check=false", "--dir=/data", "--maxmemory=512mb", "--proactor_threads=2", "--cache_mode", "--dbfilename="},
		[]string{"HOME=/", "DFLY_requirepass=a \"b\"", "DFLY_dir=/elsewhere"},
	)
	expected := settings{bind: "0.0.0.0", port: 6379, directory: "/data", memory: 512 << 20, threads: 2, password: `a "b"`, evicts: true}
	if err != nil || read != expected {
		t.Errorf("got %+v, %v", read, err)
	}
}

func TestParseSettingsRefuses(t *testing.T) {
	for _, row := range []struct{ argument, variable, problem string }{
		{"--maxmemory=255mb", "", "268435456 bytes of memory are required"},
		{"--maxmemory=lots", "", `flag --maxmemory: "lots" is no number`},
		{"--nope=1", "", "flag --nope: not known"},
		{"serve", "", `"serve" is no flag`},
		{"--logtostderr", "DFLY_PASSWORD=x", "variable DFLY_PASSWORD: not known"},
	} {
		if _, err := parseSettings([]string{row.argument}, []string{row.variable}); err == nil || !strings.Contains(err.Error(), row.problem) {
			t.Errorf("%s %s: got %v", row.argument, row.variable, err)
		}
	}
}

func TestRedisConfig(t *testing.T) {
	config := settings{directory: "/data", snapshot: "dump", memory: 1, password: `a "b"`}.redisConfig("/tmp/s")
	for _, line := range []string{"port 0", `unixsocket "/tmp/s"`, `dbfilename "dump.rdb"`, "shutdown-on-sigterm save force", `requirepass "a \"b\""`} {
		if !strings.Contains(config, line+"\n") {
			t.Errorf("no line %q in\n%s", line, config)
		}
	}
	if config := (settings{}).redisConfig("/tmp/s"); !strings.Contains(config, "shutdown-on-sigterm nosave\n") {
		t.Errorf("would save without a file name:\n%s", config)
	}
}

// A client of one request gets what Redis, or the program itself, answers.
func TestGateway(t *testing.T) {
	for _, row := range []struct{ name, redis, request, reply string }{
		{"health", "+PONG\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK"},
		{"health while loading", "-LOADING Redis is loading\r\n", "GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 503 Service Unavailable"},
		{"another path", "+PONG\r\n", "GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
		{"a command", "+PONG\r\n", "*1\r\n$4\r\nPING\r\n", "+PONG"},
		{"a command by hand", "+PONG\r\n", "GET key\r\n", "+PONG"},
	} {
		t.Run(row.name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			redis, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer redis.Close()
			go func() {
				for connection, err := redis.Accept(); err == nil; connection, err = redis.Accept() {
					_, _ = bufio.NewReader(connection).ReadString('\n')
					_, _ = io.WriteString(connection, row.redis)
					_ = connection.Close()
				}
			}()
			client, served := net.Pipe()
			go gateway{socket: socket}.serve(served)
			if _, err := io.WriteString(client, row.request[:4]); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.WriteString(client, row.request[4:]) }()
			line, err := bufio.NewReader(client).ReadString('\n')
			if strings.TrimSpace(line) != row.reply {
				t.Errorf("got %q, %v", line, err)
			}
		})
	}
}
