package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// refusal is why a body was not taken.
type refusal struct {
	status int
	detail string
}

// readInput reads {"input": "..."} and nothing else.
func readInput(w http.ResponseWriter, r *http.Request, maxInputBytes int) (string, *refusal) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return "", &refusal{http.StatusUnsupportedMediaType, "the body must be application/json"}
	}
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("input may have %d bytes at most", maxInputBytes)}
	// JSON may write one byte as six, and some room is for the braces and the name.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(maxInputBytes)*6+1024))
	var overflow *http.MaxBytesError
	if errors.As(err, &overflow) {
		return "", tooLarge
	}
	if err != nil || !utf8.Valid(body) {
		return "", &refusal{http.StatusBadRequest, "the body could not be read as UTF-8"}
	}
	var request struct {
		Input *string `json:"input"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil || decoder.More() || request.Input == nil {
		return "", &refusal{http.StatusBadRequest, `the body must be {"input": "<text>"} and nothing else`}
	}
	switch input := *request.Input; {
	case len(input) > maxInputBytes:
		return "", tooLarge
	case strings.TrimSpace(input) == "":
		return "", &refusal{http.StatusBadRequest, "input must not be blank"}
	case strings.ContainsRune(input, 0):
		// PostgreSQL cannot store it in a text.
		return "", &refusal{http.StatusBadRequest, "input must not contain the character U+0000"}
	default:
		return input, nil
	}
}
