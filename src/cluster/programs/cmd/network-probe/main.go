// Command network-probe tries who can open a connection to whom in a cluster.
//
//	network-probe serve NAME PROTOCOL/[ADDRESS:]PORT...   answers everything with its name, until it is ended
//	network-probe dial SECONDS                            reads trials, tries all at once, and prints how each ended
//	network-probe address ADDRESS...                      gives addresses to the loopback interface
//
// A trial is a line `ID PROTOCOL ADDRESS:PORT NAME`; the answer is `ID OUTCOME DETAIL`. Outcomes are connected (NAME has
// answered), refused (something said no), silent (nothing came in time) and failed (all else: another's answer, or a
// connection that was opened and on which nobody said who it is).
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	attempts   = 3
	longestRow = 512
)

func main() {
	var err error
	switch {
	case len(os.Args) > 2 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3:])
	case len(os.Args) == 3 && os.Args[1] == "dial":
		err = dialAll(os.Stdin, os.Stdout, os.Args[2])
	case len(os.Args) > 2 && os.Args[1] == "address":
		err = addAddresses(os.Args[2:])
	default:
		err = errors.New("usage: network-probe serve NAME PROTOCOL/[ADDRESS:]PORT... | dial SECONDS | address ADDRESS...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "network-probe:", err)
		os.Exit(1)
	}
}

// serve ends with the first listener that fails.
func serve(name string, endpoints []string) error {
	ended := make(chan error)
	for _, endpoint := range endpoints {
		protocol, place, _ := strings.Cut(endpoint, "/")
		if !strings.Contains(place, ":") {
			place = ":" + place
		}
		listen := map[string]func(name, address string) error{"TCP": serveTCP, "UDP": serveUDP}[protocol]
		if listen == nil {
			return fmt.Errorf("%q: TCP/ or UDP/ and a port", endpoint)
		}
		go func() { ended <- listen(name, place) }()
	}
	return <-ended
}

func serveTCP(name, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			fmt.Fprintln(connection, name)
		}()
	}
}

func serveUDP(name, address string) error {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	buffer := make([]byte, longestRow)
	for {
		_, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return err
		}
		// One that cannot be answered is the loss of whoever asked.
		_, _ = socket.WriteTo([]byte(name+"\n"), from)
	}
}

func dialAll(in io.Reader, out io.Writer, bound string) error {
	seconds, err := strconv.ParseFloat(bound, 64)
	if err != nil || seconds <= 0 {
		return fmt.Errorf("%q is no number of seconds", bound)
	}
	patience := time.Duration(seconds * float64(time.Second))
	var trials sync.WaitGroup
	var printing sync.Mutex
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 4 {
			return fmt.Errorf("%q is no trial: ID PROTOCOL ADDRESS:PORT NAME", lines.Text())
		}
		trials.Go(func() {
			outcome, detail := dial(words[1], words[2], words[3], patience)
			printing.Lock()
			defer printing.Unlock()
			fmt.Fprintln(out, words[0], outcome, detail)
		})
	}
	trials.Wait()
	return lines.Err()
}

// dial tries to be answered by the one that is expected at an address.
func dial(protocol, address, expected string, patience time.Duration) (outcome, detail string) {
	answer, err := ask(strings.ToLower(protocol), address, patience)
	var timeout net.Error
	switch {
	case err == nil && answer == expected:
		return "connected", ""
	case err == nil:
		return "failed", fmt.Sprintf("%q has answered, not %s", answer, expected)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "silent", err.Error()
	case isRefusal(err):
		return "refused", err.Error()
	}
	return "failed", err.Error()
}

func isRefusal(err error) bool {
	for _, code := range []syscall.Errno{
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EACCES, syscall.EPERM,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// ask gives the answer of whoever is at an address. A datagram may get lost, so there are several.
func ask(protocol, address string, patience time.Duration) (string, error) {
	connection, err := net.DialTimeout(protocol, address, patience)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if protocol == "tcp" {
		answer, err := read(connection, patience)
		if err != nil {
			// No refusal and no silence: the connection was opened.
			return "", fmt.Errorf("opened, but then: %v", err)
		}
		return answer, nil
	}
	var answer string
	for range attempts {
		if _, err = connection.Write([]byte("?\n")); err != nil {
			return "", err
		}
		var timeout net.Error
		if answer, err = read(connection, patience/attempts); err == nil || !errors.As(err, &timeout) || !timeout.Timeout() {
			break
		}
	}
	return answer, err
}

func read(connection net.Conn, patience time.Duration) (string, error) {
	if err := connection.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	return strings.TrimSpace(line), err
}
