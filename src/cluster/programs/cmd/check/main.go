// Command check asks servers from inside a cluster and says of each check whether it holds.
//
// Its argument is JSON, a list of checks as the platform file describes them. For each it prints one line of JSON: name,
// ok, seconds, and, where it does not hold, the request and the reason. It ends with 0 whether they hold or not.
//
// VIA_HTTP and VIA_HTTPS are the addresses that connections really go to, whatever host a request names; TRUSTED holds the
// certificates that are trusted besides those of the system, in PEM.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"slipway.invalid/cluster/internal/request"
)

// Check is a list of requests that are made one after the other.
type Check struct {
	Name     string            `json:"name"`
	Requests []request.Request `json:"requests"`
}

// Result is how a check ended.
type Result struct {
	Name    string  `json:"name"`
	OK      bool    `json:"ok"`
	Seconds float64 `json:"seconds"`
	// Request and Reason say which request failed, and what was found instead of what was expected.
	Request string `json:"request,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

const (
	// A server that does not answer is asked again.
	answerBound = 5 * time.Second
	pause       = 200 * time.Millisecond
)

// availableBound is how long a server is waited for at least: a busy node may take it out of its Service for a moment.
var availableBound = 30 * time.Second

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check <checks as JSON>")
		os.Exit(2)
	}
	var checks []Check
	if err := json.Unmarshal([]byte(os.Args[1]), &checks); err != nil {
		fmt.Fprintln(os.Stderr, "the argument is no list of checks:", err)
		os.Exit(2)
	}
	client, err := newClient(Way{HTTP: os.Getenv("VIA_HTTP"), HTTPS: os.Getenv("VIA_HTTPS"), Trusted: os.Getenv("TRUSTED")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, check := range checks {
		if err := encoder.Encode(run(client, check)); err != nil {
			os.Exit(1)
		}
	}
}

// run makes the requests of one check until one of them fails.
func run(client *http.Client, check Check) Result {
	began := time.Now()
	kept := map[string]string{}
	for _, asking := range check.Requests {
		asked, err := repeat(client, asking, kept)
		if err != nil {
			return Result{Name: check.Name, Seconds: time.Since(began).Seconds(), Request: asked, Reason: err.Error()}
		}
	}
	return Result{Name: check.Name, OK: true, Seconds: time.Since(began).Seconds()}
}

// repeat makes a request until its answer is right or its time is over, and gives the request as it was made.
func repeat(client *http.Client, asking request.Request, kept map[string]string) (string, error) {
	began := time.Now()
	for {
		asked, err := request.Ask(client, asking, kept)
		bound := time.Duration(asking.Within) * time.Second
		if errors.As(err, new(request.Unavailable)) {
			bound = max(bound, availableBound)
		}
		if err == nil || time.Since(began)+pause > bound {
			return asked, err
		}
		time.Sleep(pause)
	}
}
