package keyless

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/sign"

	"slipway.invalid/evidence/authority"
)

const (
	issuer  = "https://token.example.org"
	subject = "https://example.org/acme/platform/.forge/workflows/release.yml@refs/heads/main"
)

func must[Value any](t *testing.T) func(Value, error) Value {
	t.Helper()
	return func(value Value, err error) Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// served is an authority that answers, and counts the certificates that it is asked for.
func served(t *testing.T) (*authority.Authority, Services, *atomic.Int64) {
	t.Helper()
	made := must[*authority.Authority](t)(authority.New(issuer))
	handler := made.Handler()
	var certificates atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/signingCert") {
			certificates.Add(1)
		}
		handler.ServeHTTP(answer, request)
	}))
	t.Cleanup(server.Close)
	return made, Services{Fulcio: server.URL, Rekor: server.URL}, &certificates
}

func statement(name string) sign.Content {
	text := `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"` + name +
		`","digest":{"sha256":"` + strings.Repeat("0", 64) + `"}}],"predicateType":"https://example.org/v1","predicate":{}}`
	return &sign.DSSEData{Data: []byte(text), PayloadType: "application/vnd.in-toto+json"}
}

func tokenOf(t *testing.T, of *authority.Authority) string {
	t.Helper()
	return must[string](t)(of.Token(subject, time.Now().Add(time.Hour)))
}

func signed(t *testing.T, of *authority.Authority, services Services) []byte {
	t.Helper()
	signer := must[*Signer](t)(NewSigner(tokenOf(t, of), services))
	return must[[]byte](t)(signer.Bundle(context.Background(), statement("image/web")))
}

func verifier(t *testing.T, root []byte, err error) *Verifier {
	t.Helper()
	return must[*Verifier](t)(NewVerifier(must[[]byte](t)(root, err)))
}

func TestSaysWhoSigned(t *testing.T) {
	made, services, certificates := served(t)
	signer := must[*Signer](t)(NewSigner(tokenOf(t, made), services))
	root, err := made.TrustedRoot()
	trusting := verifier(t, root, err)
	for _, name := range []string{"image/web", "chart/web"} {
		bundle := must[[]byte](t)(signer.Bundle(context.Background(), statement(name)))
		payload := fmt.Sprintf("sha256:%x", sha256.Sum256(statement(name).(*sign.DSSEData).Data))
		wanted := Signed{Identity: Identity{Issuer: issuer, Subject: subject}, Payload: payload}
		if found := must[Signed](t)(trusting.Signer(bundle)); found != wanted {
			t.Errorf("%s is signed by %+v", name, found)
		}
	}
	if asked := certificates.Load(); asked != 1 {
		t.Errorf("asked for %d certificates, want one for all", asked)
	}
}

func TestSaysWhoSignedOfAnAddressOfMail(t *testing.T) {
	made, services, _ := served(t)
	token := must[string](t)(made.Token("ada@example.org", time.Now().Add(time.Hour)))
	signer := must[*Signer](t)(NewSigner(token, services))
	bundle := must[[]byte](t)(signer.Bundle(context.Background(), statement("image/web")))
	root, err := made.TrustedRoot()
	if found := must[Signed](t)(verifier(t, root, err).Signer(bundle)); found.Subject != "ada@example.org" {
		t.Errorf("is signed by %+v", found)
	}
}

func TestNamesWhyASignatureCountsForNothing(t *testing.T) {
	made, services, _ := served(t)
	other, otherServices, _ := served(t)
	ended, endedServices, _ := served(t)
	ended.Now = func() time.Time { return time.Now().Add(-20 * time.Minute) }
	good := signed(t, made, services)
	altered := func(change func(bundle map[string]any)) []byte {
		var bundle map[string]any
		if err := json.Unmarshal(good, &bundle); err != nil {
			t.Fatal(err)
		}
		change(bundle)
		return must[[]byte](t)(json.Marshal(bundle))
	}
	material := func(bundle map[string]any) map[string]any { return bundle["verificationMaterial"].(map[string]any) }
	entry := func(bundle map[string]any) map[string]any {
		return material(bundle)["tlogEntries"].([]any)[0].(map[string]any)
	}
	rows := map[string]struct {
		by     *authority.Authority
		bundle []byte
		says   string
	}{
		"a certificate of another authority": {made, signed(t, other, otherServices), "whom the trusted root does not name"},
		"a certificate that had ended":       {ended, signed(t, ended, endedServices), "integrated time outside certificate validity"},
		"no log entry": {made, altered(func(bundle map[string]any) { delete(material(bundle), "tlogEntries") }),
			"has no log entry, and the trusted root names a log"},
		"an entry of another log": {made, altered(func(bundle map[string]any) {
			var elsewhere map[string]any
			if err := json.Unmarshal(signed(t, other, otherServices), &elsewhere); err != nil {
				t.Fatal(err)
			}
			material(bundle)["tlogEntries"] = material(elsewhere)["tlogEntries"]
		}), "not enough verified log entries"},
		"a log entry of another time": {made, altered(func(bundle map[string]any) {
			entry(bundle)["integratedTime"] = time.Now().Add(time.Minute).Unix()
		}), "not enough verified log entries"},
		"another statement": {made, altered(func(bundle map[string]any) {
			bundle["dsseEnvelope"].(map[string]any)["payload"] = "e30="
		}), "payload hash"},
		"a key in place of a certificate": {made, altered(func(bundle map[string]any) {
			delete(material(bundle), "certificate")
			material(bundle)["publicKey"] = map[string]any{"hint": "aGludA=="}
		}), "is signed with no certificate"},
		"no bundle": {made, []byte("{}"), "is no bundle of sigstore"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			root, err := row.by.TrustedRoot()
			if _, err := verifier(t, root, err).Signer(row.bundle); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("said %v, want %q", err, row.says)
			}
		})
	}
}

func TestWantsSomethingThatSaysWhen(t *testing.T) {
	made, services, _ := served(t)
	root, err := made.TrustedRootWithoutLog()
	_, err = verifier(t, root, err).Signer(signed(t, made, services))
	if err == nil || !strings.Contains(err.Error(), "threshold not met for verified signed & log entry integrated timestamps") {
		t.Errorf("said %v", err)
	}
}

func TestNamesATokenThatIsRefused(t *testing.T) {
	made, services, _ := served(t)
	other := must[*authority.Authority](t)(authority.New(issuer))
	rows := map[string]struct{ token, says string }{
		"of another issuer": {tokenOf(t, other), "401: .*signed by none of the issuers"},
		"that has expired":  {must[string](t)(made.Token(subject, time.Now().Add(-time.Minute))), "401: .*has expired"},
		"that is none":      {"example", "unable to get subject from identity token"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			signer := must[*Signer](t)(NewSigner(row.token, services))
			_, err := signer.Bundle(context.Background(), statement("image/web"))
			if err == nil || !regexp.MustCompile(row.says).MatchString(err.Error()) {
				t.Errorf("said %v, want %q", err, row.says)
			}
			if err != nil && strings.Contains(err.Error(), row.token) && row.token != "example" {
				t.Error("prints the token")
			}
		})
	}
}

func TestWantsALogOrAClock(t *testing.T) {
	if _, err := NewSigner("token", Services{Fulcio: "http://authority"}); err == nil ||
		!strings.Contains(err.Error(), "could be verified later") {
		t.Errorf("said %v", err)
	}
}

func TestNamesALogThatRefuses(t *testing.T) {
	made, services, _ := served(t)
	closed := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		answer.WriteHeader(http.StatusBadRequest)
		_, _ = answer.Write([]byte(`{"code":400,"message":"the log is frozen"}`))
	}))
	t.Cleanup(closed.Close)
	services.Rekor = closed.URL
	signer := must[*Signer](t)(NewSigner(tokenOf(t, made), services))
	if _, err := signer.Bundle(context.Background(), statement("image/web")); err == nil ||
		!strings.Contains(err.Error(), "asking "+closed.URL) || !strings.Contains(err.Error(), "the log is frozen") {
		t.Errorf("said %v", err)
	}
}

func TestReadsWhomATokenIsOf(t *testing.T) {
	made, _, _ := served(t)
	if found := must[Identity](t)(Claimed(tokenOf(t, made))); found != (Identity{Issuer: issuer, Subject: subject}) {
		t.Errorf("is of %+v", found)
	}
	for _, token := range []string{"", "a.b", "a.!.c", "a.e30.c"} {
		if _, err := Claimed(token); err == nil {
			t.Errorf("%q is taken for a token", token)
		}
	}
}

func TestRefusesARootThatTrustsNobody(t *testing.T) {
	for _, text := range []string{"{}", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`} {
		if _, err := NewVerifier([]byte(text)); err == nil {
			t.Errorf("%s is taken for a root", text)
		}
	}
}
