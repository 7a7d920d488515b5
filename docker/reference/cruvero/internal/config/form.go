package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The parsers below say what is allowed and never repeat what was found: a misplaced secret must not reach the log.

func logLevel(text string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, known := levels[text]
	if !known {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return level, nil
}

func wholeNumber(lowest, highest int) func(string) (int, error) {
	return func(text string) (int, error) {
		number, err := strconv.Atoi(text)
		if err != nil || number < lowest || number > highest {
			return 0, fmt.Errorf("must be a whole number from %d to %d", lowest, highest)
		}
		return number, nil
	}
}

func duration(lowest, highest time.Duration) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		value, err := time.ParseDuration(text)
		if err != nil || value < lowest || value > highest {
			return 0, fmt.Errorf("must be a duration from %s to %s, such as 30s or 1m", lowest, highest)
		}
		return value, nil
	}
}

// address takes scheme://host[:port][/path] without credentials, which belong in a key of their own.
func address(schemes ...string) func(string) (string, error) {
	form := fmt.Errorf("must be %s://host[:port]", strings.Join(schemes, ":// or "))
	return func(text string) (string, error) {
		parsed, err := url.Parse(text)
		switch {
		case err != nil, !slices.Contains(schemes, parsed.Scheme), !isHost(parsed), parsed.RawQuery != "", parsed.Fragment != "":
			return "", form
		case parsed.User != nil:
			return "", errors.New("must not carry credentials; put them into the secret key that goes with it")
		}
		return text, nil
	}
}

func databaseURL(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") || !isHost(parsed) ||
		parsed.User.Username() == "" || strings.Trim(parsed.Path, "/") == "" {
		return "", errors.New("must be postgres://user:password@host:port/database[?parameters], special characters percent-encoded")
	}
	return text, nil
}

func hostPort(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = wholeNumber(1, 65535)(port)
	}
	if err != nil || host == "" || strings.ContainsAny(host, "/@ ") {
		return "", errors.New("must be host:port")
	}
	return text, nil
}

func opaque(text string) (string, error) {
	if text != strings.TrimSpace(text) {
		return "", errors.New("must not begin or end with white space (often a line break from the file it was read from)")
	}
	return text, nil
}

var identifierForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func identifier(text string) (string, error) {
	if !identifierForm.MatchString(text) {
		return "", errors.New("must be 1 to 64 letters, digits, dashes or underscores")
	}
	return text, nil
}

func isHost(parsed *url.URL) bool {
	if parsed.Hostname() == "" || strings.ContainsAny(parsed.Host, " \t\r\n") {
		return false
	}
	if parsed.Port() == "" {
		return !strings.HasSuffix(parsed.Host, ":")
	}
	_, err := wholeNumber(1, 65535)(parsed.Port())
	return err == nil
}
