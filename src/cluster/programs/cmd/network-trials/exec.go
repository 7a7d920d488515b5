package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The protocol of a command in a pod, as k8s.io/apimachinery/pkg/util/remotecommand has it: each message begins with the
// number of its channel. The fifth version is the first that can end the input.
const (
	protocol    = "v5.channel.k8s.io"
	input       = 0
	output      = 1
	errorOutput = 2
	status      = 3
	ended       = 255
)

// api is an API server that is reached without credentials.
type api struct{ client *http.Client }

// proxyAt waits until a proxy listens on a socket.
func proxyAt(ctx context.Context, socket string) (*api, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	for {
		connection, err := dial(ctx, "", "")
		if err == nil {
			connection.Close()
			return &api{&http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no proxy of the API: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// exec runs a command in the first container of a pod and gives what it printed, also where it failed.
func (a *api) exec(ctx context.Context, namespace, pod string, command []string, in []byte) ([]byte, error) {
	query := url.Values{"command": command, "stdin": {"true"}, "stdout": {"true"}, "stderr": {"true"}}
	place := fmt.Sprintf("http://localhost/api/v1/namespaces/%s/pods/%s/exec?%s", namespace, pod, query.Encode())
	options := &websocket.DialOptions{HTTPClient: a.client, Subprotocols: []string{protocol}}
	connection, response, err := websocket.Dial(ctx, place, options)
	if err != nil {
		return nil, refusal(response, err)
	}
	defer connection.CloseNow()
	connection.SetReadLimit(-1)
	for _, message := range [][]byte{append([]byte{input}, in...), {ended, input}} {
		if err := connection.Write(ctx, websocket.MessageBinary, message); err != nil {
			return nil, err
		}
	}
	var printed, complaints bytes.Buffer
	for {
		_, message, err := connection.Read(ctx)
		switch {
		case err != nil:
			return printed.Bytes(), fmt.Errorf("the command did not end: %w", err)
		case len(message) == 0:
		case message[0] == output:
			printed.Write(message[1:])
		case message[0] == errorOutput:
			complaints.Write(message[1:])
		case message[0] == status:
			return printed.Bytes(), outcome(message[1:], complaints.String())
		}
	}
}

// refusal says why the API has opened no connection; it answers with a Status.
func refusal(response *http.Response, err error) error {
	if response == nil || response.Body == nil {
		return err
	}
	text, _ := io.ReadAll(response.Body)
	return fmt.Errorf("%w: %s", err, text)
}

// outcome reads the Status with which a command ends.
func outcome(text []byte, complaints string) error {
	var end struct{ Status, Message string }
	if err := json.Unmarshal(text, &end); err != nil {
		return err
	}
	if end.Status == "Success" {
		return nil
	}
	return errors.New(strings.TrimSpace(end.Message + " " + complaints))
}
