package main

import "testing"

func TestBundleOf(t *testing.T) {
	for _, row := range []struct {
		name      string
		arguments []string
		bundle    string
		starts    bool
	}{
		{"create with a bundle", []string{"--log", "l", "create", "--bundle", "/b", "id"}, "/b", true},
		{"run with the short form", []string{"run", "-b", "/b", "id"}, "/b", true},
		{"run with an equals sign", []string{"run", "--bundle=/b", "id"}, "/b", true},
		{"run in the current folder", []string{"run", "id"}, ".", true},
		{"another command", []string{"kill", "id", "9"}, ".", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			bundle, starts := bundleOf(row.arguments)
			if bundle != row.bundle || starts != row.starts {
				t.Errorf("got %q, %v", bundle, starts)
			}
		})
	}
}

const config = `{"process":{"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE","CAP_FUTURE"]},` +
	`"oomScoreAdj":-500,"rlimits":[{"hard":9000000000000000001,"soft":10,"type":"RLIMIT_NOFILE"},{"hard":9,"soft":9,"type":"RLIMIT_CORE"}]},"ociVersion":"1.0.2"}`

func TestLimitConfig(t *testing.T) {
	const limited = `{"ociVersion":"1.0.2","process":{"capabilities":{"bounding":["CAP_CHOWN","CAP_FUTURE"]},` +
		`"oomScoreAdj":0,"rlimits":[{"hard":1024,"soft":10,"type":"RLIMIT_NOFILE"},{"hard":9,"soft":9,"type":"RLIMIT_CORE"}]}}`
	small := machine{held: func(name string) bool { return name != "CAP_SYS_RESOURCE" }, maxFiles: 1024, mayRaise: false}
	full := machine{held: func(string) bool { return true }, maxFiles: 1024, mayRaise: true}
	for _, row := range []struct {
		name     string
		config   string
		host     machine
		expected string
	}{
		{"takes what the machine does not grant", config, small, limited},
		{"leaves everything where the machine grants everything", config, full, config},
		{"leaves a container without process alone", `{"ociVersion":"1.0.2"}`, small, `{"ociVersion":"1.0.2"}`},
		{"leaves what fits alone", `{"process":{"oomScoreAdj":5}}`, small, `{"process":{"oomScoreAdj":5}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := limitConfig([]byte(row.config), row.host)
			if err != nil || string(got) != row.expected {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
	if _, err := limitConfig([]byte("no JSON"), small); err == nil {
		t.Error("a broken configuration passed")
	}
}

func TestBoundingSet(t *testing.T) {
	held, err := boundingSet([]byte("CapEff:\t0\nCapBnd:\t000001fffeffffff\nCapAmb:\t0\n"))
	if err != nil || newMachine(held).held("CAP_SYS_RESOURCE") || !newMachine(held).held("CAP_SYS_ADMIN") {
		t.Errorf("got %x, %v", held, err)
	}
	if _, err := boundingSet(nil); err == nil {
		t.Error("a status without bounding set passed")
	}
}
