// Authority serves an authority of certificates and a log to tests that run in an engine.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"slipway.invalid/evidence/authority"
)

const usage = `usage:
  authority make <folder> <issuer> <subject>   writes keys.json, trusted-root.json and token, which is of the subject
  authority serve <folder> <address>           answers as Fulcio and Rekor do`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "authority:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 4 && arguments[0] == "make":
		return makeFiles(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 3 && arguments[0] == "serve":
		return serve(arguments[1], arguments[2])
	}
	return fmt.Errorf("%q is no command\n%s", arguments, usage)
}

func makeFiles(folder, issuer, subject string) error {
	made, err := authority.New(issuer)
	if err != nil {
		return err
	}
	keys, err := made.Keys()
	if err != nil {
		return err
	}
	secrets, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	trusted, err := made.TrustedRoot()
	if err != nil {
		return err
	}
	// What an engine keeps of this is used again on other days.
	token, err := made.Token(subject, time.Now().AddDate(1, 0, 0))
	if err != nil {
		return err
	}
	files := map[string][]byte{"keys.json": secrets, "trusted-root.json": trusted, "token": []byte(token)}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func serve(folder, address string) error {
	text, err := os.ReadFile(filepath.Join(folder, "keys.json"))
	if err != nil {
		return err
	}
	var keys authority.Keys
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	served, err := authority.FromKeys(keys)
	if err != nil {
		return err
	}
	return http.ListenAndServe(address, served.Handler())
}
