package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
	"github.com/opencontainers/go-digest"
)

// server starts a registry in memory, with or without the referrers API.
func server(t *testing.T, hasReferrers bool) string {
	t.Helper()
	registry := olareg.New(config.Config{
		Storage: config.ConfigStorage{StoreType: config.StoreMem},
		API:     config.ConfigAPI{Referrer: config.ConfigAPIReferrer{Enabled: &hasReferrers}},
	})
	listening := httptest.NewServer(registry)
	t.Cleanup(func() { listening.Close(); registry.Close() })
	return strings.TrimPrefix(listening.URL, "http://")
}

// ask runs a command and gives its exit code, its answer and what it printed of problems.
func ask(t *testing.T, host, command string, request any) (int, string, string) {
	t.Helper()
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"REGISTRY_HOST": host, "REGISTRY_INSECURE": "true", "REGISTRY_PASSWORD": "canary-1b"}
	var output, problems strings.Builder
	code := run([]string{command, file}, func(name string) string { return environment[name] }, &output, &problems)
	return code, output.String(), problems.String()
}

func answer[Answer any](t *testing.T, host, command string, request any) Answer {
	t.Helper()
	code, output, problems := ask(t, host, command, request)
	if code != 0 {
		t.Fatalf("%s ended with %d: %s", command, code, problems)
	}
	var read Answer
	if err := json.Unmarshal([]byte(output), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// made is an artifact of one layer, with a subject if there is one.
func made(t *testing.T, repository, content, subject string) object {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) (string, string) {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return digest.FromString(text).String(), file
	}
	config, configFile := write("config", "{}")
	layer, layerFile := write("layer", content)
	about := ""
	if subject != "" {
		about = fmt.Sprintf(`,"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":%q,"size":2}`, subject)
	}
	manifest, manifestFile := write("manifest", fmt.Sprintf(
		`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/x","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":2},"layers":[{"mediaType":"application/json","digest":%q,"size":%d}]%s,"annotations":{"about":%q}}`,
		config, layer, len(content), about, content))
	return object{Repository: repository, Digest: manifest, Manifest: manifestFile, Files: map[string]string{config: configFile, layer: layerFile}}
}

func TestPushesAttachesTagsAndReadsBack(t *testing.T) {
	for _, hasReferrers := range []bool{true, false} {
		t.Run(fmt.Sprintf("referrers API %t", hasReferrers), func(t *testing.T) {
			host := server(t, hasReferrers)
			repository := host + "/acme/api"
			image := made(t, repository, "layer", "")
			evidence := []object{made(t, repository, "one", image.Digest), made(t, repository, "two", image.Digest)}
			request := applyRequest{[]phase{
				{Objects: []object{image}},
				{Objects: evidence},
				{Tags: []tag{{repository, "edge", image.Digest, ""}}},
			}}
			if pushed := answer[applyAnswer](t, host, "apply", request).PushedBytes; pushed == 0 {
				t.Error("nothing was pushed")
			}
			if pushed := answer[applyAnswer](t, host, "apply", request).PushedBytes; pushed != 0 {
				t.Errorf("the second time %d bytes were pushed", pushed)
			}
			pinned := repository + "@" + image.Digest
			state := answer[stateAnswer](t, host, "state", stateRequest{[]string{repository + ":edge", repository + ":none"}, []string{pinned}})
			if len(state.Digests) != 1 || state.Digests[repository+":edge"] != image.Digest {
				t.Errorf("digests: %v", state.Digests)
			}
			if found := state.Referrers[pinned]; len(found) != 2 || found[0].Annotations["about"] == "" {
				t.Errorf("referrers: %v", found)
			}
			read := answer[readAnswer](t, host, "read", readRequest{[]string{repository + ":edge", repository + ":none"}}).Artifacts
			if len(read) != 2 || read[1].Digest != "" || read[0].Digest != image.Digest || len(read[0].Referrers) != 2 {
				t.Fatalf("read: %v", read)
			}
			if text := read[0].Texts[digest.FromString("layer").String()]; text != "layer" || len(read[0].Problems) != 0 {
				t.Errorf("read: %v", read[0])
			}
		})
	}
}

func TestListsEvidenceThatAnInterruptedRunLeftOut(t *testing.T) {
	host := server(t, false)
	repository := host + "/acme/api"
	image := made(t, repository, "layer", "")
	evidence := made(t, repository, "one", image.Digest)
	answer[applyAnswer](t, host, "apply", applyRequest{[]phase{{Objects: []object{image, evidence}}}})
	empty := filepath.Join(t.TempDir(), "index")
	text := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`
	if err := os.WriteFile(empty, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	index := object{Repository: repository, Digest: digest.FromString(text).String(), Manifest: empty}
	list := strings.Replace(image.Digest, ":", "-", 1)
	before := answer[stateAnswer](t, host, "state", stateRequest{[]string{repository + ":" + list}, nil}).Digests[repository+":"+list]
	answer[applyAnswer](t, host, "apply", applyRequest{[]phase{
		{Objects: []object{index}}, {Tags: []tag{{repository, list, index.Digest, before}}},
	}})
	answer[applyAnswer](t, host, "apply", applyRequest{[]phase{{Objects: []object{evidence}}}})
	pinned := repository + "@" + image.Digest
	if found := answer[stateAnswer](t, host, "state", stateRequest{nil, []string{pinned}}).Referrers[pinned]; len(found) != 1 {
		t.Errorf("referrers: %v", found)
	}
}

func TestDoesNotMoveATagThatSomeoneElseMoved(t *testing.T) {
	host := server(t, true)
	repository := host + "/acme/api"
	one, two := made(t, repository, "one", ""), made(t, repository, "two", "")
	answer[applyAnswer](t, host, "apply", applyRequest{[]phase{
		{Objects: []object{one, two}}, {Tags: []tag{{repository, "edge", one.Digest, ""}}},
	}})
	code, _, problems := ask(t, host, "apply", applyRequest{[]phase{{Tags: []tag{{repository, "edge", two.Digest, ""}}}}})
	if code != exitRegistry || !strings.Contains(problems, "run it again") {
		t.Errorf("ended with %d: %s", code, problems)
	}
}

// A registry of which somebody else writes the blobs meanwhile refuses the first manifests.
func TestPushesAgainWhatARegistryDoesNotKnowYet(t *testing.T) {
	before := pushesApart
	pushesApart = time.Millisecond
	t.Cleanup(func() { pushesApart = before })
	for _, try := range []struct {
		code     string
		refused  int32
		requests int32
		exit     int
	}{
		{"MANIFEST_BLOB_UNKNOWN", 1, 2, 0},
		{"DIGEST_INVALID", 2, 3, 0},
		{"MANIFEST_BLOB_UNKNOWN", 99, pushes, exitRegistry},
		{"MANIFEST_INVALID", 99, 1, exitRegistry},
	} {
		registry := olareg.New(config.Config{Storage: config.ConfigStorage{StoreType: config.StoreMem}})
		var manifests atomic.Int32
		listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") && manifests.Add(1) <= try.refused {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"not known"}]}`, try.code)
				return
			}
			registry.ServeHTTP(w, r)
		}))
		host := strings.TrimPrefix(listening.URL, "http://")
		code, _, problems := ask(t, host, "apply", applyRequest{[]phase{{Objects: []object{made(t, host+"/acme/api", "layer", "")}}}})
		listening.Close()
		registry.Close()
		if code != try.exit || manifests.Load() != try.requests {
			t.Errorf("%s: ended with %d after %d manifests: %s", try.code, code, manifests.Load(), problems)
		}
		if code != 0 && !strings.Contains(problems, try.code) {
			t.Errorf("%s is not named: %s", try.code, problems)
		}
	}
}

func TestTellsARefusalFromAnAbsence(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError} {
		refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		host := strings.TrimPrefix(refusing.URL, "http://")
		code, output, problems := ask(t, host, "state", stateRequest{[]string{host + "/acme/api:edge"}, nil})
		refusing.Close()
		if code != exitRegistry || output != "" || !strings.Contains(problems, "acme/api:edge") {
			t.Errorf("%d: ended with %d: %s %s", status, code, output, problems)
		}
		if strings.Contains(problems, "canary-1b") {
			t.Errorf("%d: the password was printed", status)
		}
	}
}

func TestAsksNobodyButTheRegistry(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Write([]byte("layer"))
	}))
	defer other.Close()
	// A manifest whose layer is not in the registry, and lies elsewhere.
	layer := digest.FromString("layer")
	manifest := fmt.Sprintf(
		`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":5},"layers":[{"mediaType":"application/json","digest":%q,"size":5,"urls":[%q]}]}`,
		layer, layer, other.URL+"/layer")
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/manifests/edge") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		w.Header().Set("Docker-Content-Digest", digest.FromString(manifest).String())
		w.Write([]byte(manifest))
	}))
	defer registry.Close()
	host := strings.TrimPrefix(registry.URL, "http://")
	read := answer[readAnswer](t, host, "read", readRequest{[]string{host + "/acme/api:edge"}}).Artifacts
	if len(read) != 1 || len(read[0].Problems) != 2 {
		t.Errorf("read: %v", read)
	}
	if number := asked.Load(); number != 0 {
		t.Errorf("another host was asked %d times", number)
	}
}

func TestRefusesAWrongRequest(t *testing.T) {
	host := server(t, true)
	cases := map[string]any{"state": stateRequest{[]string{"no reference at all!"}, nil}, "nothing": stateRequest{}}
	for command, request := range cases {
		if code, _, problems := ask(t, host, command, request); code != exitRequest {
			t.Errorf("%s ended with %d: %s", command, code, problems)
		}
	}
	missing := made(t, host+"/acme/api", "layer", "")
	missing.Files = map[string]string{}
	if code, _, problems := ask(t, host, "apply", applyRequest{[]phase{{Objects: []object{missing}}}}); code != exitRequest {
		t.Errorf("an object without its files ended with %d: %s", code, problems)
	}
}
