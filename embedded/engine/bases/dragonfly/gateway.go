package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	patience     = 5 * time.Second
	longestLine  = 4096
	healthPath   = "/healthz"
	httpResponse = "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
)

// gateway stands between the port and Redis.
type gateway struct {
	socket   string
	password string
}

// serve answers a client that speaks HTTP and passes every other on to Redis.
func (gateway gateway) serve(client net.Conn) {
	defer client.Close()
	reader := bufio.NewReaderSize(client, longestLine)
	if path, isHTTP := requestPath(reader); isHTTP {
		_, _ = io.WriteString(client, gateway.answer(path))
		return
	}
	redis, err := net.Dial("unix", gateway.socket)
	if err != nil {
		return
	}
	defer redis.Close()
	go func() {
		_, _ = io.Copy(redis, reader)
		_ = redis.(*net.UnixConn).CloseWrite()
	}()
	_, _ = io.Copy(client, redis)
}

// requestPath looks at the first line, without taking it, when it can be one of HTTP: commands of Redis's own clients start with *.
func requestPath(reader *bufio.Reader) (path string, isHTTP bool) {
	for size := 1; size <= longestLine; {
		seen, err := reader.Peek(size)
		if len(seen) == 0 || seen[0] < 'A' || seen[0] > 'Z' {
			return "", false
		}
		if line, _, complete := strings.Cut(string(seen), "\n"); complete {
			words := strings.Fields(line)
			if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") {
				return "", false
			}
			return words[1], true
		}
		if err != nil {
			return "", false
		}
		size = max(size+1, reader.Buffered())
	}
	return "", false
}

func (gateway gateway) answer(path string) string {
	status, body := "200 OK", "ok\n"
	if path != healthPath {
		status, body = "404 Not Found", "only "+healthPath+" is served here\n"
	} else if err := gateway.ping(); err != nil {
		status, body = "503 Service Unavailable", err.Error()+"\n"
	}
	return fmt.Sprintf(httpResponse, status, len(body), body)
}

// ping asks Redis whether it is ready: while it loads a snapshot it says so instead.
func (gateway gateway) ping() error {
	redis, err := net.DialTimeout("unix", gateway.socket, patience)
	if err != nil {
		return err
	}
	defer redis.Close()
	if err := redis.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	replies := bufio.NewReader(redis)
	commands := [][]string{{"PING"}}
	if gateway.password != "" {
		commands = [][]string{{"AUTH", gateway.password}, {"PING"}}
	}
	for _, command := range commands {
		if _, err := io.WriteString(redis, encode(command)); err != nil {
			return err
		}
		reply, err := replies.ReadString('\n')
		if err != nil {
			return err
		}
		if !strings.HasPrefix(reply, "+") {
			return fmt.Errorf("%s", strings.TrimSpace(reply))
		}
	}
	return nil
}

func encode(words []string) string {
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	return text
}
