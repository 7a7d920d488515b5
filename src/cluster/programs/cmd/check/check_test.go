package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

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
		_, _ = io.WriteString(w, `<title>Shop</title><script src="/assets/x-1.js">`)
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
	return run(newClient(), check)
}

func TestChecksThatHold(t *testing.T) {
	for name, requests := range map[string]string{
		"what is kept goes into later requests, which are repeated until they hold": `[
			{"request":"POST SHOP/orders","headers":{"X-Client":"smoke"},"body":{"book":1},"status":202,"json":{"lines.0.count":2},"contains":"book","keep":{"order":"id"}},
			{"request":"GET SHOP/orders/{order}","status":200,"json":{"state":"paid","id":"{order}"},"within":5}]`,
		"a place in a text": `[
			{"request":"GET SHOP/","status":200,"keep":{"asset":"/src=\"([^\"]+)\"/"}},
			{"request":"GET SHOP{asset}","status":200,"contains":"1"}]`,
		"a redirect is an answer": `[{"request":"GET SHOP/moved","status":302}]`,
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
		"a status":      {`[{"request":"GET SHOP/none","status":200}]`, "/none", `status 404 instead of 200: "404 page not found\n"`},
		"a text":        {`[{"request":"GET SHOP/","status":200,"contains":"Order"}]`, "/", `the answer does not contain "Order": "<title>Shop`},
		"a value":       {`[{"request":"GET SHOP/orders/7","status":200,"json":{"state":"paid"}}]`, "/orders/7", "state is open instead of paid"},
		"a missing key": {`[{"request":"GET SHOP/orders/7","status":200,"json":{"total":1}}]`, "/orders/7", "there is no total; the answer was"},
		"no JSON":       {`[{"request":"GET SHOP/","status":200,"json":{"total":1}}]`, "/", "no JSON, so it has no total"},
		"nothing kept":  {`[{"request":"GET SHOP/","status":200,"keep":{"asset":"/href=\"([^\"]+)\"/"}}]`, "/", "asset is not in the answer: nothing matches"},
		"no server":     {`[{"request":"GET http://127.0.0.1:1/","status":200}]`, "", "connection refused"},
		"the second":    {`[{"request":"GET SHOP/","status":200},{"request":"GET SHOP/none","status":200}]`, "/none", "status 404"},
	} {
		t.Run(name, func(t *testing.T) {
			result := checkOf(t, shop(t), test.requests)
			if result.OK || !strings.Contains(result.Request, test.request) || !strings.Contains(result.Reason, test.reason) {
				t.Fatalf("%+v", result)
			}
		})
	}
}
