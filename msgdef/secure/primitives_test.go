package secure

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/mlkem"
	"crypto/sha256"

	"github.com/cloudflare/circl/dh/x25519"
	"golang.org/x/crypto/chacha20poly1305"
)

// A gate's share of a login, in the primitives that the protocol demands of it
// and nothing else: no packets, no encoding, no key schedule that hands values
// on. It is what BenchmarkHandshake holds the real one against.
//
//	X25519        1 key made, 2 agreements                     (e, ee, es)
//	ML-KEM-768    1 key read, 1 encapsulation                  hybrid suites only
//	SHA-256       6 of Noise's transcript, 1 of the login's
//	HMAC-SHA256   9 of Noise, 1 of base, 7 for the login keys, 6 for the session's
//	AEAD          4 keys set up: 3 seals and 1 open
type primitives struct {
	suite       Suite
	encapsulate encapsulator
	static      keyPair
	drawn       []byte // the gate's ephemeral key
	peer        []byte // the client's X25519 key
	kem         []byte // the client's ML-KEM key; nil in a classical suite
	hashed      []int  // lengths of what SHA-256 takes
	sealed      []int  // lengths of what the AEADs take
}

// Numbers of HMACs, see keyschedule.go: of Noise, MixKey twice and Split are
// three each; under base, login and its two directions with key and IV, and
// session with resume and its two directions with an IV each, for the keys of
// the session are made with its first records.
const (
	hmacsOfNoise   = 3 + 3 + 3
	hmacsOfBase    = 1
	hmacsOfLogin   = 1 + 2*(1+2)
	hmacsOfSession = 1 + 1 + 2*(1+1)
)

// primitives measures what a login gives its gate to do.
func (l *relogin) primitives() *primitives {
	message := len(l.hello) - helloHeader
	answer := len(l.reply) - replyHeader - 32 - (32 + recordTag) // the encrypted ServerHello
	p := &primitives{
		suite: l.suite, encapsulate: l.server.config.encapsulate,
		static: l.server.config.Key.pair, drawn: make([]byte, 32), peer: l.hello[helloHeader : helloHeader+32],
		hashed: []int{32 + prologueSize, 32 + 32, message, 32 + 32, 32 + 32 + recordTag, 32 + answer, 2 + len(l.login) + len(l.loginOK)},
		sealed: []int{32, answer - recordTag, len(l.login), len(l.loginOK)},
	}
	if l.suite.Hybrid() {
		p.kem = l.hello[len(l.hello)-mlkem.EncapsulationKeySize768:]
	}
	return p
}

// exchange is the dear half: X25519 and ML-KEM.
func (p *primitives) exchange() error {
	ephemeral := x25519.Key(p.drawn)
	var public, shared x25519.Key
	x25519.KeyGen(&public, &ephemeral)
	for _, mine := range []*x25519.Key{&ephemeral, &p.static.private} {
		if !x25519.Shared(&shared, mine, (*x25519.Key)(p.peer)) {
			return errLowOrder
		}
	}
	if p.kem == nil {
		return nil
	}
	key, err := mlkem.NewEncapsulationKey768(p.kem)
	if err != nil {
		return err
	}
	_, _, err = p.encapsulate(key)
	return err
}

// rest is everything else. scratch holds as much as is ever hashed or sealed.
func (p *primitives) rest(scratch []byte) error {
	for _, n := range p.hashed {
		sha256.Sum256(scratch[:n])
	}
	for range hmacsOfNoise + hmacsOfBase + hmacsOfLogin + hmacsOfSession {
		sha256.Sum256(scratch[:64+32]) // HMAC-SHA256 of up to a block, under a key of up to a block
		sha256.Sum256(scratch[:64+32])
	}
	for _, n := range p.sealed {
		aead, err := p.aead(scratch[:32])
		if err != nil {
			return err
		}
		aead.Seal(scratch[:0], scratch[:12], scratch[:n], nil)
	}
	return nil
}

func (p *primitives) aead(key []byte) (cipher.AEAD, error) {
	if p.suite.chacha() {
		return chacha20poly1305.New(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
