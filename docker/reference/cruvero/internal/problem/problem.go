// Package problem writes HTTP failures as problem details (RFC 9457).
package problem

import (
	"encoding/json"
	"net/http"
)

type details struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// Write answers with a status and one sentence for the caller.
func Write(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status is out; a caller that is gone by now cannot be told anything more.
	_ = json.NewEncoder(w).Encode(details{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail})
}
