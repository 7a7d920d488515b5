// Package request makes one request and says in which way its answer is not what it must be.
package request

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// An answer is read so far.
	longestAnswer = 1 << 20
	// Of an answer that is wrong, so much is shown.
	shownAnswer = 300
)

// Request is one request and what its answer must be.
type Request struct {
	// Method and address, joined by a space.
	Request  string            `json:"request"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	Status   int               `json:"status"`
	JSON     map[string]any    `json:"json"`
	Contains string            `json:"contains"`
	Lacks    string            `json:"lacks"`
	// AnswerHeaders are texts, /regular expressions/, or false where the header must not be there.
	AnswerHeaders map[string]any    `json:"answerHeaders"`
	Keep          map[string]string `json:"keep"`
	// Within is how long the request is repeated until the answer is right, in seconds.
	Within int `json:"within"`
}

// Unavailable is the reason of a request that no server has answered, or a proxy that found none.
type Unavailable struct{ Reason error }

func (unavailable Unavailable) Error() string { return unavailable.Reason.Error() }

func (unavailable Unavailable) Unwrap() error { return unavailable.Reason }

// withoutServer holds what a proxy answers where no server is behind it.
var withoutServer = []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// Ask makes a request once, compares the answer, and keeps what later requests need.
func Ask(client *http.Client, request Request, kept map[string]string) (string, error) {
	asked := fill(request.Request, kept)
	method, address, _ := strings.Cut(asked, " ")
	prepared, err := http.NewRequest(method, address, bytes.NewReader([]byte(fill(string(request.Body), kept))))
	if err != nil {
		return asked, err
	}
	if request.Body != nil {
		prepared.Header.Set("Content-Type", "application/json")
	}
	for name, value := range request.Headers {
		prepared.Header.Set(name, fill(value, kept))
	}
	answer, err := client.Do(prepared)
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return asked, err
	}
	if err != nil {
		return asked, Unavailable{err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return asked, Unavailable{fmt.Errorf("the answer broke off: %w", err)}
	}
	if err := compare(request, answer.StatusCode, text, kept); err != nil {
		if answer.StatusCode != request.Status && slices.Contains(withoutServer, answer.StatusCode) {
			return asked, Unavailable{err}
		}
		return asked, err
	}
	if err := compareHeaders(request, answer.Header, kept); err != nil {
		return asked, err
	}
	for name, place := range request.Keep {
		value, err := find(place, text)
		if err != nil {
			return asked, fmt.Errorf("%s is not in the answer: %w; it was %s", name, err, shown(text))
		}
		kept[name] = value
	}
	return asked, nil
}

// compare says in which way an answer is not what it must be.
func compare(request Request, status int, text []byte, kept map[string]string) error {
	if status != request.Status {
		return fmt.Errorf("status %d instead of %d: %s", status, request.Status, shown(text))
	}
	if contained := fill(request.Contains, kept); !strings.Contains(string(text), contained) {
		return fmt.Errorf("the answer does not contain %q: %s", contained, shown(text))
	}
	if request.Lacks != "" && strings.Contains(string(text), fill(request.Lacks, kept)) {
		return fmt.Errorf("the answer contains %q: %s", fill(request.Lacks, kept), shown(text))
	}
	for path, expected := range request.JSON {
		found, err := valueAt(path, text)
		if err != nil {
			return fmt.Errorf("%w; the answer was %s", err, shown(text))
		}
		if wanted, isText := expected.(string); isText {
			expected = fill(wanted, kept)
		}
		if found != expected {
			return fmt.Errorf("%s is %v instead of %v", path, found, expected)
		}
	}
	return nil
}

// compareHeaders says which header is not what it must be, the first by name.
func compareHeaders(request Request, headers http.Header, kept map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(request.AnswerHeaders)) {
		values := headers.Values(name)
		found := strings.Join(values, ", ")
		wanted, isText := request.AnswerHeaders[name].(string)
		switch {
		case !isText && len(values) > 0:
			return fmt.Errorf("the header %s is %q and must not be there", name, found)
		case !isText:
		case len(values) == 0:
			return fmt.Errorf("there is no header %s, which must be %s", name, fill(wanted, kept))
		case len(wanted) > 1 && strings.HasPrefix(wanted, "/") && strings.HasSuffix(wanted, "/"):
			expression, err := regexp.Compile(wanted[1 : len(wanted)-1])
			if err != nil {
				return err
			}
			if !expression.MatchString(found) {
				return fmt.Errorf("the header %s is %q and does not match %s", name, found, wanted)
			}
		case found != fill(wanted, kept):
			return fmt.Errorf("the header %s is %q instead of %q", name, found, fill(wanted, kept))
		}
	}
	return nil
}

// find gives the text at a path in JSON, or the first group of a /regular expression/.
func find(place string, text []byte) (string, error) {
	if !strings.HasPrefix(place, "/") {
		value, err := valueAt(place, text)
		return fmt.Sprint(value), err
	}
	expression, err := regexp.Compile(strings.TrimSuffix(place[1:], "/"))
	if err != nil {
		return "", err
	}
	if found := expression.FindSubmatch(text); len(found) > 1 {
		return string(found[1]), nil
	}
	return "", fmt.Errorf("nothing matches %s with a group", place)
}

// valueAt gives the value at a path of keys and positions that dots join.
func valueAt(path string, text []byte) (any, error) {
	var here any
	if err := json.Unmarshal(text, &here); err != nil {
		return nil, fmt.Errorf("no JSON, so it has no %s", path)
	}
	for _, step := range strings.Split(path, ".") {
		position, err := strconv.Atoi(step)
		object, isObject := here.(map[string]any)
		list, isList := here.([]any)
		switch {
		case isObject && object[step] != nil:
			here = object[step]
		case isList && err == nil && position >= 0 && position < len(list):
			here = list[position]
		default:
			return nil, fmt.Errorf("there is no %s", path)
		}
	}
	return here, nil
}

// fill puts what was kept where its name stands in braces.
func fill(text string, kept map[string]string) string {
	for name, value := range kept {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

func shown(text []byte) string {
	if len(text) == 0 {
		return "(empty)"
	}
	if len(text) > shownAnswer {
		return strconv.Quote(string(text[:shownAnswer])) + " ..."
	}
	return strconv.Quote(string(text))
}
