// Command dragonfly runs Redis behind the command line, the variables and the HTTP health of Dragonfly, so that what is
// written for the one also starts on the other. Redis listens on a socket in the temporary folder; this program listens
// on the port, answers HTTP itself and passes everything else on.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const server = "/usr/bin/redis-server"

func main() {
	log.SetFlags(0)
	settings, err := parseSettings(os.Args[1:], os.Environ())
	if err != nil {
		log.Fatalln("dragonfly:", err)
	}
	code, err := run(settings)
	if err != nil {
		log.Fatalln("dragonfly:", err)
	}
	os.Exit(code)
}

// run serves until Redis ends, and returns its exit code. SIGTERM and SIGINT are Redis's to obey.
func run(settings settings) (int, error) {
	socket := filepath.Join(os.TempDir(), fmt.Sprintf("dragonfly-%d.sock", settings.port))
	listener, err := net.Listen("tcp", net.JoinHostPort(settings.bind, fmt.Sprint(settings.port)))
	if err != nil {
		return 0, err
	}
	redis := exec.Command(server, "-")
	redis.Stdin = strings.NewReader(settings.redisConfig(socket))
	redis.Stdout, redis.Stderr = os.Stdout, os.Stderr
	if err := redis.Start(); err != nil {
		return 0, err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for range asked {
			_ = listener.Close()
			_ = redis.Process.Signal(syscall.SIGTERM)
		}
	}()
	go accept(listener, gateway{socket: socket, password: settings.password})
	var failed *exec.ExitError
	if err := redis.Wait(); err != nil && !errors.As(err, &failed) {
		return 0, err
	}
	return redis.ProcessState.ExitCode(), nil
}

func accept(listener net.Listener, gateway gateway) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go gateway.serve(client)
	}
}
