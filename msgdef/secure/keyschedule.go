package secure

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// The key schedule, HKDF with SHA-256; every secret and key is 32 bytes:
//
//	handshake hash, k1 ‖ k2 ‖ ML-KEM secret       or, inside TLS:  no salt, exported
//	        │ Extract                                                   │ Extract
//	       base ◀───────────────────────────────────────────────────────┘
//	        ├───── "sim/1 login" ──────────────────────────────▶ login
//	        └───── "sim/1 session" ‖ session id ‖ transcript ──▶ session
//
//	login or session ── "sim/1 up" ─────▶ secret of client → gate
//	                 ├─ "sim/1 down" ───▶ secret of gate → client
//	                 ├─ "sim/1 resume" ─▶ resume secret (of session only)
//	                 └─ "sim/1 bulk" ───▶ secret of the bulk stream, gate → client (of session, inside TLS only)
//
//	resume secret ── "sim/1 ticket" ‖ id ─▶ pre-shared key of a ticket, 16 bytes of id
//
//	secret of a direction ── "sim/1 key" ──▶ key
//	                      ├─ "sim/1 iv" ───▶ IV, 12 bytes
//	                      └─ "sim/1 next" ─▶ secret after a KeyUpdate
//
// k1 and k2 are what Noise splits off after message 2, the client's sending
// key first; the ML-KEM secret is absent in a classical suite, and where a
// session is resumed, as the pre-shared key stands for it. The handshake
// hash is the salt. exported is what TLS exports under exporterLabel with bytes
// 0 to 5 of Hello as context. The session id is 16 bytes, and
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
	labelBulk    = "sim/1 bulk"
	labelKey     = "sim/1 key"
	labelIV      = "sim/1 iv"
	labelNext    = "sim/1 next"
	labelTicket  = "sim/1 ticket"
	labelBox     = "sim/1 box"

	exporterLabel = "EXPORTER-SIM-1"
)

// secret is a node of the key schedule.
type secret [32]byte

// baseSecret mixes what the handshake agreed on. kem is empty in a classical
// suite.
func baseSecret(hash []byte, k1, k2 [32]byte, kem []byte) secret {
	var salt secret
	copy(salt[:], hash)
	return salt.mac(k1[:], k2[:], kem)
}

// exportedBase is baseSecret inside TLS, bound to the prologue of Hello.
func exportedBase(export Exporter, prologue []byte) (secret, error) {
	exported, err := export(exporterLabel, prologue, len(secret{}))
	if err != nil {
		return secret{}, fmt.Errorf("secure: exporter: %w", err)
	}
	if len(exported) != len(secret{}) {
		return secret{}, fmt.Errorf("secure: exporter: %d bytes, want %d", len(exported), len(secret{}))
	}
	var none secret // what HKDF takes for no salt
	base := none.mac(exported)
	clear(exported)
	return base, nil
}

// mac is HMAC-SHA-256 of text, at most maxText bytes, under s. A login takes 14,
// and the library's allocates each time where two hashes over arrays do. They
// are erased, as they hold s and maybe more secrets; of a longer text a copy
// would stay behind.
func (s *secret) mac(text ...[]byte) secret {
	var inner [sha256.BlockSize + maxText]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(inner[:], s[:])
	copy(outer[:], s[:])
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	b := inner[:sha256.BlockSize]
	for _, part := range text {
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	copy(outer[sha256.BlockSize:], sum[:])
	sum = sha256.Sum256(outer[:])
	clear(inner[:])
	clear(outer[:])
	return sum
}

// maxText is the longest text that mac takes: what base is made of. That of the
// session secret is shorter.
const maxText = 3 * len(secret{})

// derive is HKDF-Expand of one block, with label as info.
func (s *secret) derive(label string) secret { return s.mac([]byte(label), []byte{1}) }

// login returns the secret of the records before Bind.
func (s *secret) login() secret { return s.derive(labelLogin) }

// session returns the secret of the records after Bind.
func (s *secret) session(id [16]byte, transcript [32]byte) secret {
	return s.mac([]byte(labelSession), id[:], transcript[:], []byte{1})
}

// up and down return the secrets of the two directions of a login or session
// secret.
func (s *secret) up() secret   { return s.derive(labelUp) }
func (s *secret) down() secret { return s.derive(labelDown) }

// resume returns the secret that a later handshake may resume from.
func (s *secret) resume() secret { return s.derive(labelResume) }

// ticket returns the pre-shared key of a ticket of a resume secret.
func (s *secret) ticket(id [ticketSize]byte) secret {
	return s.mac([]byte(labelTicket), id[:], []byte{1})
}

// bulk returns the secret of the bulk stream of a session secret.
func (s *secret) bulk() secret { return s.derive(labelBulk) }

// next returns the secret of a direction after a KeyUpdate.
func (s *secret) next() secret { return s.derive(labelNext) }

// key and iv return the AEAD key and IV of a direction's secret.
func (s *secret) key() secret { return s.derive(labelKey) }
func (s *secret) iv() [12]byte {
	iv := s.derive(labelIV)
	return [12]byte(iv[:12])
}

// transcriptHash binds a session to what was said at login.
func transcriptHash(login, loginOK []byte) [32]byte {
	h := sha256.New()
	h.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(login))))
	h.Write(login)
	h.Write(loginOK)
	return [32]byte(h.Sum(nil))
}
