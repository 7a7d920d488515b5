package authority

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

type envelope struct {
	Payload     []byte `json:"payload"`
	PayloadType string `json:"payloadType"`
	Signatures  []struct {
		Signature []byte `json:"sig"`
	} `json:"signatures"`
}

// enter answers as Rekor's "create log entry" does for an entry of the kind dsse, after the same check of the signature.
func (a *Authority) enter(answer http.ResponseWriter, request *http.Request) {
	var asked struct {
		Kind string
		Spec struct {
			ProposedContent struct {
				Envelope  string
				Verifiers [][]byte
			}
		}
	}
	if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
		refuse(answer, http.StatusBadRequest, err)
		return
	}
	proposed := asked.Spec.ProposedContent
	if asked.Kind != "dsse" || len(proposed.Verifiers) != 1 {
		refuse(answer, http.StatusBadRequest, fmt.Errorf("an entry of %q with %d keys", asked.Kind, len(proposed.Verifiers)))
		return
	}
	body, err := canonical(proposed.Envelope, proposed.Verifiers[0])
	if err != nil {
		refuse(answer, http.StatusBadRequest, err)
		return
	}
	id, entry, err := a.entryOf(body)
	if err != nil {
		refuse(answer, http.StatusInternalServerError, err)
		return
	}
	answer.Header().Set("ETag", id)
	give(answer, http.StatusCreated, map[string]any{id: entry})
}

// canonical is what the log keeps of an envelope whose signature holds: hashes, the signature, and who made it.
func canonical(text string, verifier []byte) ([]byte, error) {
	var signed envelope
	if err := json.Unmarshal([]byte(text), &signed); err != nil {
		return nil, err
	}
	public, err := publicKey(verifier)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("DSSEv1 %d %s %d ", len(signed.PayloadType), signed.PayloadType, len(signed.Payload))
	digest := sha256.Sum256(append([]byte(head), signed.Payload...))
	if len(signed.Signatures) != 1 || !ecdsa.VerifyASN1(public, digest[:], signed.Signatures[0].Signature) {
		return nil, errors.New("the signature of the envelope does not hold")
	}
	// Keys of a map are written in their order, as the canonical form has them.
	return json.Marshal(map[string]any{
		"apiVersion": "0.0.1",
		"kind":       "dsse",
		"spec": map[string]any{
			"envelopeHash": hashOf([]byte(text)),
			"payloadHash":  hashOf(signed.Payload),
			"signatures":   []any{map[string]any{"signature": encoded(signed.Signatures[0].Signature), "verifier": verifier}},
		},
	})
}

func hashOf(text []byte) map[string]any {
	hash := sha256.Sum256(text)
	return map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(hash[:])}
}

// entryOf enters a body into a tree of its own, of this one leaf: who reads a proof cannot tell, and needs no other.
func (a *Authority) entryOf(body []byte) (string, map[string]any, error) {
	key, id, err := a.logKey()
	if err != nil {
		return "", nil, err
	}
	leaf := sha256.Sum256(append([]byte{0}, body...))
	index, now := a.entries.Add(1), time.Now().Unix()
	promised, err := json.Marshal(map[string]any{
		"body": encoded(body), "integratedTime": now, "logID": hex.EncodeToString(id), "logIndex": index,
	})
	if err != nil {
		return "", nil, err
	}
	promise, err := a.signed(promised)
	if err != nil {
		return "", nil, err
	}
	tree := fmt.Sprintf("authority - 1\n1\n%s\n", encoded(leaf[:]))
	signature, err := a.signed([]byte(tree))
	if err != nil {
		return "", nil, err
	}
	hint := sha256.Sum256(key)
	checkpoint := fmt.Sprintf("%s\n\u2014 authority %s\n", tree, encoded(append(hint[:4], signature...)))
	return hex.EncodeToString(leaf[:]), map[string]any{
		"body": encoded(body), "integratedTime": now, "logID": hex.EncodeToString(id), "logIndex": index,
		"verification": map[string]any{
			"signedEntryTimestamp": encoded(promise),
			"inclusionProof": map[string]any{
				"checkpoint": checkpoint, "hashes": []string{}, "logIndex": 0, "treeSize": 1, "rootHash": hex.EncodeToString(leaf[:]),
			},
		},
	}, nil
}

func (a *Authority) signed(text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	return ecdsa.SignASN1(rand.Reader, a.log, digest[:])
}
