package authority

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
}

// Token vouches for somebody, until a time; for another audience or by another issuer, Fulcio takes it no more than here.
func (a *Authority) Token(subject string, expires time.Time) (string, error) {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"JWT"}`))
	text, err := json.Marshal(claims{Issuer: a.Issuer, Subject: subject, Audience: Audience, Expires: expires.Unix()})
	if err != nil {
		return "", err
	}
	said := header + "." + base64.RawURLEncoding.EncodeToString(text)
	digest := sha256.Sum256([]byte(said))
	r, s, err := ecdsa.Sign(rand.Reader, a.identities, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return said + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func (a *Authority) subjectOf(token string) (string, error) {
	said, signed, hasSignature := cutLast(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(signed)
	if err != nil || !hasSignature || len(signature) != 64 {
		return "", errors.New("the token has no signature")
	}
	digest := sha256.Sum256([]byte(said))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(&a.identities.PublicKey, digest[:], r, s) {
		return "", errors.New("the token is signed by none of the issuers")
	}
	_, body, _ := strings.Cut(said, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", err
	}
	var claimed claims
	if err := json.Unmarshal(text, &claimed); err != nil {
		return "", err
	}
	if claimed.Issuer != a.Issuer || claimed.Audience != Audience {
		return "", fmt.Errorf("the token is of %s for %s", claimed.Issuer, claimed.Audience)
	}
	if time.Now().Unix() > claimed.Expires {
		return "", errors.New("the token has expired")
	}
	return claimed.Subject, nil
}

// certify answers as Fulcio's "create signing certificate" does.
func (a *Authority) certify(answer http.ResponseWriter, request *http.Request) {
	token, _ := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer ")
	subject, err := a.subjectOf(token)
	if err != nil {
		refuse(answer, http.StatusUnauthorized, err)
		return
	}
	var asked struct {
		PublicKeyRequest struct {
			PublicKey         struct{ Content string }
			ProofOfPossession []byte
		}
	}
	if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
		refuse(answer, http.StatusBadRequest, err)
		return
	}
	public, err := publicKey([]byte(asked.PublicKeyRequest.PublicKey.Content))
	if err != nil {
		refuse(answer, http.StatusBadRequest, err)
		return
	}
	digest := sha256.Sum256([]byte(subject))
	if !ecdsa.VerifyASN1(public, digest[:], asked.PublicKeyRequest.ProofOfPossession) {
		refuse(answer, http.StatusBadRequest, errors.New("the key is not the caller's"))
		return
	}
	leaf, err := a.leaf(subject, public)
	if err != nil {
		refuse(answer, http.StatusBadRequest, err)
		return
	}
	chain := []string{}
	for _, each := range []*x509.Certificate{leaf, a.intermediate, a.root} {
		chain = append(chain, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: each.Raw})))
	}
	give(answer, http.StatusOK, map[string]any{
		"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}},
	})
}

func publicKey(text []byte) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("there is no key")
	}
	parse := x509.ParsePKIXPublicKey
	if block.Type == "CERTIFICATE" {
		parse = func(raw []byte) (any, error) {
			parsed, err := x509.ParseCertificate(raw)
			if err != nil {
				return nil, err
			}
			return parsed.PublicKey, nil
		}
	}
	key, err := parse(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, isCurve := key.(*ecdsa.PublicKey)
	if !isCurve {
		return nil, errors.New("the key is no ECDSA key")
	}
	return public, nil
}

func cutLast(text, separator string) (string, string, bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

func refuse(answer http.ResponseWriter, status int, reason error) {
	give(answer, status, map[string]any{"code": status, "message": reason.Error()})
}

func give(answer http.ResponseWriter, status int, content any) {
	answer.Header().Set("Content-Type", "application/json")
	answer.WriteHeader(status)
	// A client that has gone is told nothing.
	_ = json.NewEncoder(answer).Encode(content)
}
