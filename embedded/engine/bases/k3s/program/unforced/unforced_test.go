package unforced

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// A call on what is no file fails, unless it is not made at all.
const noFile = -1

func TestLeave(t *testing.T) {
	if os.Getenv("SLIPWAY_UNFORCED") == "" {
		// The filter stays with its process, so a process of its own gets it.
		command := exec.Command(os.Args[0], "-test.run=^TestLeave$")
		command.Env = append(os.Environ(), "SLIPWAY_UNFORCED=yes")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	if err := unix.Fsync(noFile); err == nil {
		t.Fatal("without the filter, a call on no file succeeds")
	}
	if err := Leave(); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"fsync":     func() error { return unix.Fsync(noFile) },
		"fdatasync": func() error { return unix.Fdatasync(noFile) },
		"syncfs":    func() error { return unix.Syncfs(noFile) },
	} {
		if err := call(); err != nil {
			t.Errorf("%s was made: %v", name, err)
		}
	}
	if err := unix.Close(noFile); err == nil {
		t.Error("close, which forces nothing, was not made")
	}
}
