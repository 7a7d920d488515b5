// Package unforced keeps a process from waiting for the disk.
package unforced

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// forcing are the calls that wait until data is on disk.
var forcing = []uint32{unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNC, unix.SYS_SYNCFS}

// Places in what the kernel gives a filter of calls: struct seccomp_data.
const (
	callOffset         = 0
	architectureOffset = 4
	wordSize           = 4
)

// Leave lets this process, and all that it starts, pods too, go on at once where they would wait for the disk.
// The cluster lives no longer than its container, and on a slow disk the import of images is mostly such waits.
func Leave() error {
	architecture, known := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !known {
		return fmt.Errorf("the numbers of calls on %s are not known here", runtime.GOARCH)
	}
	count := len(forcing)
	instructions := []bpf.Instruction{
		bpf.LoadAbsolute{Off: architectureOffset, Size: wordSize},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: architecture, SkipTrue: uint8(count + 1)},
		bpf.LoadAbsolute{Off: callOffset, Size: wordSize},
	}
	for number, call := range forcing {
		instructions = append(instructions, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipTrue: uint8(count - number)})
	}
	// Both after the last comparison: a call that forces nothing is made, another succeeds without being made.
	instructions = append(instructions, bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}, bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO})
	raw, err := bpf.Assemble(instructions)
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for number, each := range raw {
		filter[number] = unix.SockFilter{Code: each.Op, Jt: each.Jt, Jf: each.Jf, K: each.K}
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// All threads of this process at once.
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("the kernel takes no filter of calls: %w", errno)
	}
	if thread != 0 {
		return fmt.Errorf("thread %d has another filter of calls", thread)
	}
	return nil
}
