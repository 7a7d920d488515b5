package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// pods answers as an API server does: "web" runs the command, "sick" ends early, "cut" loses its connection.
func pods(t *testing.T) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		pod := strings.Split(request.URL.Path, "/")[6]
		if pod == "gone" {
			http.Error(writer, `pods "gone" not found`, http.StatusNotFound)
			return
		}
		connection, err := websocket.Accept(writer, request, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.CloseNow()
		var in bytes.Buffer
		for {
			_, message, err := connection.Read(request.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if message[0] == ended {
				break
			}
			in.Write(message[1:])
		}
		say := func(channel byte, text string) {
			if err := connection.Write(request.Context(), websocket.MessageBinary, append([]byte{channel}, text...)); err != nil {
				t.Error(err)
			}
		}
		for line := range strings.Lines(in.String()) {
			say(output, firstWord(line)+" connected "+strings.Join(request.URL.Query()["command"], " ")+"\n")
			if pod != "web" {
				break
			}
		}
		switch pod {
		case "web":
			say(status, `{"status":"Success"}`)
		case "sick":
			say(errorOutput, "no room\n")
			say(status, `{"status":"Failure","message":"command terminated with exit code 1"}`)
		}
	})
}

// tried gives the lines that are printed for pods of which each has two trials.
func tried(t *testing.T, names ...string) []string {
	t.Helper()
	folder := t.TempDir()
	socket := filepath.Join(folder, "api")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: pods(t)}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	if err := os.Mkdir(filepath.Join(folder, "trials"), 0o755); err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for index, name := range names {
		fmt.Fprintln(&sources, "shop", name)
		trials := fmt.Sprintf("%d1 TCP a:1 a\n%d2 UDP b:2 b\n", index, index)
		if err := os.WriteFile(filepath.Join(folder, "trials", name), []byte(trials), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "sources"), []byte(sources.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run([]string{socket, folder, "/probe", "dial"}, &out); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(strings.Lines(out.String()))
}

func TestPrintsWhatPodsAnswer(t *testing.T) {
	found := tried(t, "web")
	expected := []string{"01 connected /probe dial\n", "02 connected /probe dial\n"}
	if !slices.Equal(found, expected) {
		t.Errorf("found %q", found)
	}
}

func TestSaysWhyATrialHasNoAnswer(t *testing.T) {
	for name, expected := range map[string]string{
		"sick": "02 failed command terminated with exit code 1 no room\n",
		"cut":  "02 failed the command did not end:",
		"gone": `02 failed failed to WebSocket dial: expected handshake response status code 101 but got 404: pods "gone" not found`,
	} {
		found := tried(t, name)
		if len(found) != 2 || !strings.HasPrefix(found[1], expected) {
			t.Errorf("%s: found %q, expected %q", name, found, expected)
		}
	}
}

func TestHasEveryPodTry(t *testing.T) {
	names := []string{"sick", "gone", "cut"}
	for range 20 {
		names = append(names, "web")
	}
	if found := tried(t, names...); len(found) != 2*len(names) {
		t.Errorf("%d lines of %d pods", len(found), len(names))
	}
}

func TestLeavesOutALineThatWasCutOff(t *testing.T) {
	found := withUnanswered([]byte("1 TCP a:1 a\n"), []byte("1 conn"), errors.New("two\nlines"))
	if found != "1 failed two lines\n" {
		t.Errorf("found %q", found)
	}
}
