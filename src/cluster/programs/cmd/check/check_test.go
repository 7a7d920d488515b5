package main

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slipway.invalid/cluster/internal/request"
)

func TestMain(m *testing.M) {
	availableBound = time.Second
	m.Run()
}

// shop takes an order, is done with it when it was asked twice, and has a page.
func shop(t *testing.T) *httptest.Server {
	t.Helper()
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Client") != "smoke" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "7", "sent": string(body), "lines": []any{map[string]any{"count": 2}}})
	})
	mux.HandleFunc("GET /orders/7", func(w http.ResponseWriter, _ *http.Request) {
		state := "open"
		if asked.Add(1) > 1 {
			state = "paid"
		}
		_, _ = io.WriteString(w, `{"id":"7","state":"`+state+`"}`)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Shop", "open")
		w.Header().Set("X-Cache", "max-age=60")
		_, _ = io.WriteString(w, `<title>Shop</title><script src="/assets/x-1.js">`)
	})
	mux.HandleFunc("GET /busy", func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /assets/x-1.js", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "1") })
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func checkOf(t *testing.T, server *httptest.Server, requests string) Result {
	t.Helper()
	var check Check
	if err := json.Unmarshal([]byte(`{"name":"it","requests":`+strings.ReplaceAll(requests, "SHOP", server.URL)+`}`), &check); err != nil {
		t.Fatal(err)
	}
	client, err := newClient(Way{})
	if err != nil {
		t.Fatal(err)
	}
	return run(client, check)
}

func TestChecksThatHold(t *testing.T) {
	for name, requests := range map[string]string{
		"what is kept goes into later requests, which are repeated until they hold": `[
			{"request":"POST SHOP/orders","headers":{"X-Client":"smoke"},"body":{"book":1},"status":202,"json":{"lines.0.count":2},"contains":"book","keep":{"order":"id"}},
			{"request":"GET SHOP/orders/{order}","status":200,"json":{"state":"paid","id":"{order}"},"within":5}]`,
		"a place in a text": `[
			{"request":"GET SHOP/","status":200,"keep":{"asset":"/src=\"([^\"]+)\"/"}},
			{"request":"GET SHOP{asset}","status":200,"contains":"1"}]`,
		"headers and what is not there": `[{"request":"GET SHOP/","status":200,"lacks":"Order","answerHeaders":{"x-shop":"open","X-Cache":"/^max-age=[0-9]+$/","Server":false}}]`,
		"a server that comes back":      `[{"request":"GET SHOP/busy","status":200,"within":0}]`,
		"a redirect is an answer":       `[{"request":"GET SHOP/moved","status":302}]`,
	} {
		t.Run(name, func(t *testing.T) {
			if result := checkOf(t, shop(t), requests); !result.OK {
				t.Fatalf("%+v", result)
			}
		})
	}
}

func TestChecksThatDoNotHold(t *testing.T) {
	for name, test := range map[string]struct{ requests, request, reason string }{
		"a status":          {`[{"request":"GET SHOP/none","status":200}]`, "/none", `status 404 instead of 200: "404 page not found\n"`},
		"a text":            {`[{"request":"GET SHOP/","status":200,"contains":"Order"}]`, "/", `the answer does not contain "Order": "<title>Shop`},
		"what it must lack": {`[{"request":"GET SHOP/","status":200,"lacks":"title"}]`, "/", `the answer contains "title": "<title>Shop`},
		"a header":          {`[{"request":"GET SHOP/","status":200,"answerHeaders":{"X-Shop":"closed"}}]`, "/", `the header X-Shop is "open" instead of "closed"`},
		"a header's form":   {`[{"request":"GET SHOP/","status":200,"answerHeaders":{"X-Shop":"/^cl/"}}]`, "/", `the header X-Shop is "open" and does not match /^cl/`},
		"a missing header":  {`[{"request":"GET SHOP/","status":200,"answerHeaders":{"Allow":"GET"}}]`, "/", "there is no header Allow, which must be GET"},
		"a header too many": {`[{"request":"GET SHOP/","status":200,"answerHeaders":{"X-Shop":false}}]`, "/", `the header X-Shop is "open" and must not be there`},
		"a value":           {`[{"request":"GET SHOP/orders/7","status":200,"json":{"state":"paid"}}]`, "/orders/7", "state is open instead of paid"},
		"a missing key":     {`[{"request":"GET SHOP/orders/7","status":200,"json":{"total":1}}]`, "/orders/7", "there is no total; the answer was"},
		"no JSON":           {`[{"request":"GET SHOP/","status":200,"json":{"total":1}}]`, "/", "no JSON, so it has no total"},
		"nothing kept":      {`[{"request":"GET SHOP/","status":200,"keep":{"asset":"/href=\"([^\"]+)\"/"}}]`, "/", "asset is not in the answer: nothing matches"},
		"no server":         {`[{"request":"GET http://127.0.0.1:1/","status":200}]`, "", "connection refused"},
		"the second":        {`[{"request":"GET SHOP/","status":200},{"request":"GET SHOP/none","status":200}]`, "/none", "status 404"},
	} {
		t.Run(name, func(t *testing.T) {
			result := checkOf(t, shop(t), test.requests)
			if result.OK || !strings.Contains(result.Request, test.request) || !strings.Contains(result.Reason, test.reason) {
				t.Fatalf("%+v", result)
			}
		})
	}
}

func TestWay(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	// The certificate of the test server is for this name.
	check := Check{Name: "it", Requests: []request.Request{{Request: "GET https://example.com/", Status: 200, Contains: "example.com"}}}
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	for name, test := range map[string]struct {
		way    Way
		reason string
	}{
		"reaches a host where it is told to": {Way{HTTPS: address, Trusted: certificate}, ""},
		"trusts nobody else":                 {Way{HTTPS: address}, "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := newClient(test.way)
			if err != nil {
				t.Fatal(err)
			}
			if result := run(client, check); result.OK != (test.reason == "") || !strings.Contains(result.Reason, test.reason) {
				t.Fatalf("%+v", result)
			}
		})
	}
	if _, err := newClient(Way{Trusted: "no certificate"}); err == nil {
		t.Fatal("took a text for a certificate")
	}
}
