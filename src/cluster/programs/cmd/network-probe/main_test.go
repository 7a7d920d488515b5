package main

import (
	"net"
	"slices"
	"strings"
	"testing"
)

// freePorts finds ports of loopback that nobody listens on.
func freePorts(t *testing.T, count int) []string {
	t.Helper()
	var ports []string
	for range count {
		listener, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

func dialed(t *testing.T, trials ...string) []string {
	t.Helper()
	var out strings.Builder
	if err := dialAll(strings.NewReader(strings.Join(trials, "\n")), &out, "2"); err != nil {
		t.Fatal(err)
	}
	outcomes := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.Sort(outcomes)
	for index, line := range outcomes {
		outcomes[index] = strings.Join(strings.Fields(line)[:2], " ")
	}
	return outcomes
}

func TestTrials(t *testing.T) {
	ports := freePorts(t, 3)
	go func() {
		if err := serve("api", []string{"TCP/" + ports[0], "UDP/" + ports[0]}); err != nil {
			t.Error(err)
		}
	}()
	mute, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	for dialed(t, "0 TCP 127.0.0.1:"+ports[0]+" api")[0] != "0 connected" {
	}
	found := dialed(t,
		"1 TCP 127.0.0.1:"+ports[0]+" api",
		"2 UDP 127.0.0.1:"+ports[0]+" api",
		"3 TCP 127.0.0.1:"+ports[1]+" api",
		"4 UDP 127.0.0.1:"+ports[2]+" api",
		"5 UDP "+mute.LocalAddr().String()+" api",
		"6 TCP 127.0.0.1:"+ports[0]+" worker",
		"7 TCP "+deaf.Addr().String()+" api",
	)
	expected := []string{"1 connected", "2 connected", "3 refused", "4 refused", "5 silent", "6 failed", "7 failed"}
	if !slices.Equal(found, expected) {
		t.Errorf("%v, and not %v", found, expected)
	}
}

func TestBadInput(t *testing.T) {
	var out strings.Builder
	for _, bad := range []struct{ bound, trials, says string }{
		{"soon", "", `"soon" is no number of seconds`},
		{"1", "1 TCP", `"1 TCP" is no trial: ID PROTOCOL ADDRESS:PORT NAME`},
	} {
		err := dialAll(strings.NewReader(bad.trials), &out, bad.bound)
		if err == nil || err.Error() != bad.says {
			t.Errorf("%v, and not %s", err, bad.says)
		}
	}
	if err := serve("api", []string{"SCTP/9"}); err == nil || err.Error() != `"SCTP/9": TCP/ or UDP/ and a port` {
		t.Error(err)
	}
}
