// Package accounttest is a passkey in software, for tests: it answers WebAuthn
// questions as a browser with an authenticator would (ES256, attestation
// "none"), down to the bytes.
package accounttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Key is one passkey. Its fields may be changed to make wrong answers.
type Key struct {
	// Origin is the page's, RPID the host the key is for.
	Origin, RPID string
	ID           []byte
	// UserHandle is what the site gave at the making.
	UserHandle []byte
	// Count is the signature counter of the last answer.
	Count uint32
	// Flags are user present, user verified, backup eligible and backup state.
	Flags byte

	private *ecdsa.PrivateKey
}

// New makes a passkey that belongs nowhere yet.
func New(origin, rpid string) *Key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	id := make([]byte, 32)
	rand.Read(id) //nolint:errcheck // never fails
	return &Key{Origin: origin, RPID: rpid, ID: id, Flags: 0x01 | 0x04, private: private}
}

type question struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func read(options []byte) question {
	var q question
	if err := json.Unmarshal(options, &q); err != nil {
		panic(err)
	}
	return q
}

var b64 = base64.RawURLEncoding

func (k *Key) clientData(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": k.Origin, "crossOrigin": false})
	if err != nil {
		panic(err)
	}
	return data
}

// authData is the authenticator's own part of an answer (WebAuthn §6.1).
func (k *Key) authData(flags byte) []byte {
	host := sha256.Sum256([]byte(k.RPID))
	out := append(host[:], flags)
	return binary.BigEndian.AppendUint32(out, k.Count)
}

// Create answers a question that makes the passkey.
func (k *Key) Create(options []byte) []byte {
	q := read(options)
	handle, err := b64.DecodeString(q.User.ID)
	if err != nil {
		panic(err)
	}
	k.UserHandle = handle
	const attested = 0x40
	auth := k.authData(k.Flags | attested)
	auth = append(auth, make([]byte, 16)...) // AAGUID: unnamed
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(k.ID)))
	auth = append(append(auth, k.ID...), k.cose()...)
	object := append([]byte{0xa3}, cborText("fmt")...)
	object = append(append(object, cborText("none")...), cborText("attStmt")...)
	object = append(append(object, 0xa0), cborText("authData")...)
	object = append(append(object, 0x59), binary.BigEndian.AppendUint16(nil, uint16(len(auth)))...)
	object = append(object, auth...)
	return k.answer(map[string]any{
		"clientDataJSON":    b64.EncodeToString(k.clientData("webauthn.create", q.Challenge)),
		"attestationObject": b64.EncodeToString(object),
		"transports":        []string{"internal"},
	})
}

// Show answers a question that wants the passkey shown.
func (k *Key) Show(options []byte) []byte {
	k.Count++
	client := k.clientData("webauthn.get", read(options).Challenge)
	auth := k.authData(k.Flags)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, signed[:])
	if err != nil {
		panic(err)
	}
	return k.answer(map[string]any{
		"clientDataJSON":    b64.EncodeToString(client),
		"authenticatorData": b64.EncodeToString(auth),
		"signature":         b64.EncodeToString(signature),
		"userHandle":        b64.EncodeToString(k.UserHandle),
	})
}

func (k *Key) answer(response map[string]any) []byte {
	out, err := json.Marshal(map[string]any{
		"id": b64.EncodeToString(k.ID), "rawId": b64.EncodeToString(k.ID), "type": "public-key",
		"authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{}, "response": response,
	})
	if err != nil {
		panic(err)
	}
	return out
}

// cose is the public key (RFC 9053 §7.1.1): {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
func (k *Key) cose() []byte {
	point, err := k.private.PublicKey.Bytes()
	if err != nil || len(point) != 65 {
		panic(fmt.Sprint("public key: ", err))
	}
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	out = append(out, point[1:33]...)
	return append(append(out, 0x22, 0x58, 0x20), point[33:]...)
}

func cborText(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) }
