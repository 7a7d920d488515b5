package request

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// What an answer must lack and which headers it must have is held to, under load as in a check.
func TestAnswersAreHeldToAllThatIsSaid(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("an error"))
	}))
	defer server.Close()
	for _, wrong := range []Request{
		{Request: "GET " + server.URL, Status: 200, Lacks: "error"},
		{Request: "GET " + server.URL, Status: 200, AnswerHeaders: map[string]any{"X-Frame-Options": "DENY"}},
	} {
		if _, err := Ask(server.Client(), wrong, map[string]string{}); err == nil {
			t.Errorf("%+v was taken for right", wrong)
		}
	}
}
