package secure

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// The key schedule, HKDF with SHA-256; every secret and key is 32 bytes:
//
//	handshake hash, k1 ‖ k2 ‖ ML-KEM secret
//	        │ Extract
//	       base ── "sim/1 login" ──────────────────────────────▶ login
//	        └───── "sim/1 session" ‖ session id ‖ transcript ──▶ session
//
//	login or session ── "sim/1 up" ─────▶ secret of client → gate
//	                 ├─ "sim/1 down" ───▶ secret of gate → client
//	                 └─ "sim/1 resume" ─▶ resume secret (of session only)
//
//	secret of a direction ── "sim/1 key" ──▶ key
//	                      ├─ "sim/1 iv" ───▶ IV, 12 bytes
//	                      └─ "sim/1 next" ─▶ secret after a KeyUpdate
//
// k1 and k2 are what Noise splits off after message 2, the client's sending
// key first; the ML-KEM secret is absent in a classical suite. The handshake
// hash is the salt. The session id is 16 bytes, and
//
//	transcript = SHA-256(u16 LE length of Login ‖ Login ‖ LoginOK)
//
// over the bodies of both frames as they were sent. Contexts have fixed
// lengths, so no label and context can be mistaken for others.
const (
	labelLogin   = "sim/1 login"
	labelSession = "sim/1 session"
	labelUp      = "sim/1 up"
	labelDown    = "sim/1 down"
	labelResume  = "sim/1 resume"
	labelKey     = "sim/1 key"
	labelIV      = "sim/1 iv"
	labelNext    = "sim/1 next"
)

// secret is a node of the key schedule.
type secret [32]byte

// baseSecret mixes what the handshake agreed on. kem is empty in a classical
// suite.
func baseSecret(hash []byte, k1, k2 [32]byte, kem []byte) (secret, error) {
	ikm := make([]byte, 0, 96)
	ikm = append(ikm, k1[:]...)
	ikm = append(ikm, k2[:]...)
	ikm = append(ikm, kem...)
	prk, err := hkdf.Extract(sha256.New, ikm, hash)
	clear(ikm)
	if err != nil {
		return secret{}, err
	}
	return secret(prk), nil
}

// expand derives n bytes, at most 32.
func (s *secret) expand(info string, n int) []byte {
	out, err := hkdf.Expand(sha256.New, s[:], info, n)
	if err != nil {
		panic("secure: hkdf: " + err.Error()) // n is a constant of this file: cannot be
	}
	return out
}

func (s *secret) derive(info string) secret { return secret(s.expand(info, len(secret{}))) }

// login returns the secret of the records before Bind.
func (s *secret) login() secret { return s.derive(labelLogin) }

// session returns the secret of the records after Bind.
func (s *secret) session(id [16]byte, transcript [32]byte) secret {
	return s.derive(labelSession + string(id[:]) + string(transcript[:]))
}

// up and down return the secrets of the two directions of a login or session
// secret.
func (s *secret) up() secret   { return s.derive(labelUp) }
func (s *secret) down() secret { return s.derive(labelDown) }

// resume returns the secret that a later handshake may resume from.
func (s *secret) resume() secret { return s.derive(labelResume) }

// next returns the secret of a direction after a KeyUpdate.
func (s *secret) next() secret { return s.derive(labelNext) }

// key and iv return the AEAD key and IV of a direction's secret.
func (s *secret) key() []byte  { return s.expand(labelKey, 32) }
func (s *secret) iv() [12]byte { return [12]byte(s.expand(labelIV, 12)) }

// transcriptHash binds a session to what was said at login.
func transcriptHash(login, loginOK []byte) [32]byte {
	h := sha256.New()
	h.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(login))))
	h.Write(login)
	h.Write(loginOK)
	return [32]byte(h.Sum(nil))
}
