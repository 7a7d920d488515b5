// Command certificates makes an authority and certificates that it signs, valid for a day.
//
//	certificates FOLDER HOST[,HOST...]...   writes ca.crt and, for each group of hosts, <number>.crt and <number>.key
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "certificates:", err)
		os.Exit(1)
	}
}

// run gives the authority's key to nobody: it ends with the program.
func run(words []string) error {
	if len(words) < 1 {
		return errors.New("usage: certificates FOLDER HOST[,HOST...]...")
	}
	folder, now := words[0], time.Now()
	// Strict readers, such as Python's, want a certificate to name the key of its authority.
	keyID := make([]byte, 20)
	if _, err := rand.Read(keyID); err != nil {
		return err
	}
	authority := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "authority of this run"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
		SubjectKeyId:          keyID,
	}
	authorityKey, err := issue(filepath.Join(folder, "ca"), authority, authority, nil, now)
	if err != nil {
		return err
	}
	for number, hosts := range words[1:] {
		names := strings.Split(hosts, ",")
		leaf := &x509.Certificate{
			Subject:     pkix.Name{CommonName: names[0]},
			DNSNames:    names,
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		if _, err := issue(filepath.Join(folder, strconv.Itoa(number)), leaf, authority, authorityKey, now); err != nil {
			return err
		}
	}
	return nil
}

// issue writes a certificate and, where it is not an authority's, its key. Without a signer it signs itself.
func issue(path string, template, parent *x509.Certificate, signer *ecdsa.PrivateKey, now time.Time) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, err
	}
	// Clocks of machines differ.
	template.NotBefore, template.NotAfter = now.Add(-time.Hour), now.Add(24*time.Hour)
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	if err := write(path+".crt", "CERTIFICATE", der); err != nil || template.IsCA {
		return key, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, write(path+".key", "PRIVATE KEY", private)
}

func write(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
