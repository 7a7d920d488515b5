package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
	"github.com/regclient/regclient"
)

// fragile is a registry in memory behind a line that breaks: the program that asks ends with the line's request of a number,
// and nothing of it arrives any more.
type fragile struct {
	registry http.Handler
	lock     sync.Mutex
	asked    int
	breakAt  int
	// lostAnswer lets the request arrive whose answer is lost; otherwise the request itself is.
	lostAnswer bool
	end        context.CancelFunc
	underWay   sync.WaitGroup
}

func (f *fragile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.lock.Lock()
	f.asked++
	number := f.asked
	breaks := f.breakAt > 0 && number == f.breakAt
	isGone := f.breakAt > 0 && number > f.breakAt
	if !isGone {
		f.underWay.Add(1)
		defer f.underWay.Done()
	}
	f.lock.Unlock()
	if isGone || (breaks && !f.lostAnswer) {
		if breaks {
			f.end()
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if breaks {
		f.registry.ServeHTTP(httptest.NewRecorder(), r)
		f.end()
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	f.registry.ServeHTTP(w, r)
}

// release is what a publish moves: images, charts and records of two repositories, with evidence, tags and aliases.
type release struct {
	request applyRequest
	// old is what the alias names before.
	old applyRequest
	// all names everything that must be there before an alias moves, and aliases what moves then.
	all, subjects, aliases []string
}

func releaseAt(t *testing.T, host string) release {
	t.Helper()
	found := release{}
	objects, evidence, own, aliases, before := []object{}, []object{}, []tag{}, []tag{}, []tag{}
	old := []object{}
	for _, name := range []string{"image", "release"} {
		repository := host + "/acme/" + name
		earlier := made(t, repository, "old "+name, "")
		artifact := made(t, repository, "new "+name, "")
		said := made(t, repository, "said of "+name, artifact.Digest)
		old = append(old, earlier)
		objects = append(objects, artifact)
		evidence = append(evidence, said)
		before = append(before, tag{repository, "edge", earlier.Digest, ""})
		own = append(own, tag{repository, "sha-1", artifact.Digest, ""})
		aliases = append(aliases, tag{repository, "edge", artifact.Digest, earlier.Digest})
		found.all = append(found.all, repository+"@"+artifact.Digest, repository+"@"+said.Digest, repository+":sha-1")
		found.subjects = append(found.subjects, repository+"@"+artifact.Digest)
		found.aliases = append(found.aliases, repository+":edge")
	}
	found.old = applyRequest{[]phase{{Objects: old}, {Tags: before}}}
	found.request = applyRequest{[]phase{
		{Objects: objects}, {Objects: evidence},
		{Tags: own[:1]}, {Tags: own[1:]}, {Tags: aliases[:1]}, {Tags: aliases[1:]},
	}}
	return found
}

// endState is everything that a reader can see of a release.
func endState(t *testing.T, client *regclient.RegClient, release release) stateAnswer {
	t.Helper()
	references := append(append([]string{}, release.all...), release.aliases...)
	state, err := readState(context.Background(), client, stateRequest{references, release.subjects})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range state.Referrers {
		sort.Slice(found, func(a, b int) bool { return found[a].Digest < found[b].Digest })
	}
	return state
}

// interrupted publishes a release to an empty registry, breaks the line at a request, and looks; then publishes again. It says
// whether the line broke.
func interrupted(t *testing.T, line *fragile, host string, release release, breakAt int, hasReferrers bool) bool {
	t.Helper()
	registry := olareg.New(config.Config{
		Storage: config.ConfigStorage{StoreType: config.StoreMem},
		API:     config.ConfigAPI{Referrer: config.ConfigAPIReferrer{Enabled: &hasReferrers}},
	})
	defer registry.Close()
	line.registry = registry
	// Every run is a program of its own, which remembers nothing of an earlier one.
	connected := func() *regclient.RegClient {
		client, err := connect(func(name string) string {
			return map[string]string{"REGISTRY_HOST": host, "REGISTRY_INSECURE": "true"}[name]
		})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	if _, err := apply(context.Background(), connected(), release.old); err != nil {
		t.Fatal(err)
	}
	before := endState(t, connected(), release)

	ctx, end := context.WithCancel(context.Background())
	defer end()
	line.lock.Lock()
	line.asked, line.breakAt, line.end = 0, breakAt, end
	line.lock.Unlock()
	_, err := apply(ctx, connected(), release.request)
	line.underWay.Wait()
	line.lock.Lock()
	broke := line.asked >= breakAt
	line.breakAt = 0
	line.lock.Unlock()
	if broke != (err != nil) {
		t.Fatalf("broke: %t, and the publish ended with %v", broke, err)
	}

	half := endState(t, connected(), release)
	for at, alias := range release.aliases {
		if half.Digests[alias] == before.Digests[alias] {
			continue
		}
		// What comes before an alias is all that it stands for, and the aliases of the phases before.
		for _, needed := range release.all {
			if half.Digests[needed] == "" {
				t.Errorf("%s moved, and %s is not there", alias, needed)
			}
		}
		for _, subject := range release.subjects {
			if len(half.Referrers[subject]) != 1 {
				t.Errorf("%s moved, and %s has %d pieces of evidence", alias, subject, len(half.Referrers[subject]))
			}
		}
		for _, earlier := range release.aliases[:at] {
			if half.Digests[earlier] == before.Digests[earlier] {
				t.Errorf("%s moved before %s", alias, earlier)
			}
		}
	}

	if _, err := apply(context.Background(), connected(), release.request); err != nil {
		t.Fatalf("the second run ended with %v", err)
	}
	whole := endState(t, connected(), release)
	for _, name := range append(append([]string{}, release.all...), release.aliases...) {
		if whole.Digests[name] == "" {
			t.Errorf("%s is not there in the end", name)
		}
	}
	for at, alias := range release.aliases {
		if wanted := release.request.Phases[4+at].Tags[0].Digest; whole.Digests[alias] != wanted {
			t.Errorf("%s is %s in the end, and not %s", alias, whole.Digests[alias], wanted)
		}
	}
	for _, subject := range release.subjects {
		if len(whole.Referrers[subject]) != 1 {
			t.Errorf("%s has %d pieces of evidence in the end", subject, len(whole.Referrers[subject]))
		}
	}
	read, err := read(context.Background(), connected(), readRequest{release.all})
	if err != nil {
		t.Fatal(err)
	}
	for _, artifact := range read.Artifacts {
		if len(artifact.Problems) > 0 {
			t.Errorf("%s cannot be read in the end: %v", artifact.Reference, artifact.Problems)
		}
	}
	if broke {
		return true
	}
	if again, err := apply(context.Background(), connected(), release.request); err != nil || again.PushedBytes != 0 {
		t.Errorf("one more run pushed %d bytes and ended with %v", again.PushedBytes, err)
	}
	if same := endState(t, connected(), release); !reflect.DeepEqual(same, whole) {
		t.Errorf("one more run made %v of %v", same, whole)
	}
	return false
}

func TestEndsTheSameWhereverItIsInterrupted(t *testing.T) {
	for _, hasReferrers := range []bool{true, false} {
		for _, lostAnswer := range []bool{true, false} {
			t.Run(fmt.Sprintf("referrers API %t, answer lost %t", hasReferrers, lostAnswer), func(t *testing.T) {
				t.Parallel()
				line := &fragile{lostAnswer: lostAnswer}
				listening := httptest.NewServer(line)
				defer listening.Close()
				host := strings.TrimPrefix(listening.URL, "http://")
				release := releaseAt(t, host)
				requests := 0
				for interrupted(t, line, host, release, requests+1, hasReferrers) {
					requests++
					if t.Failed() {
						t.Fatalf("at request %d", requests)
					}
				}
				// Fewer would mean that nothing was interrupted.
				if requests < 20 {
					t.Errorf("a publish has %d requests", requests)
				}
			})
		}
	}
}
