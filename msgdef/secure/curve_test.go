package secure

import (
	"bytes"
	"crypto/ecdh"
	"testing"

	"github.com/flynn/noise"
)

// TestCurveIsX25519 holds our curve against the library's own, and the
// standard library with it.
func TestCurveIsX25519(t *testing.T) {
	var c curve
	mine := ok[noise.DHKey](t)(c.GenerateKeypair(seeded(1)))
	theirs := ok[noise.DHKey](t)(noise.DH25519.GenerateKeypair(seeded(1)))
	if !bytes.Equal(mine.Private, theirs.Private) || !bytes.Equal(mine.Public, theirs.Public) {
		t.Fatal("another key from the same randomness")
	}
	peer := ok[noise.DHKey](t)(noise.DH25519.GenerateKeypair(seeded(2)))
	want := ok[[]byte](t)(noise.DH25519.DH(mine.Private, peer.Public))
	if got := ok[[]byte](t)(c.DH(mine.Private, peer.Public)); !bytes.Equal(got, want) {
		t.Error("another secret")
	}
	for name, public := range map[string][]byte{"zero": make([]byte, 32), "short": peer.Public[:31], "none": nil} {
		if _, err := c.DH(mine.Private, public); err == nil {
			t.Errorf("%s public key accepted", name)
		}
	}
	for i := range byte(100) {
		mine := ok[keyPair](t)(generateKeyPair(seeded(i)))
		standard := ok[*ecdh.PrivateKey](t)(ecdh.X25519().NewPrivateKey(mine.private[:]))
		drawn := make([]byte, 32) // half of them are no public key, but points of the twist
		_, _ = seeded(100 + i).Read(drawn)
		theirs := ok[*ecdh.PublicKey](t)(ecdh.X25519().NewPublicKey(drawn))
		want, got := ok[[]byte](t)(standard.ECDH(theirs)), ok[[]byte](t)(c.DH(mine.private[:], drawn))
		if !bytes.Equal(standard.PublicKey().Bytes(), mine.public[:]) || !bytes.Equal(got, want) {
			t.Fatalf("key %x and %x: the standard library disagrees", mine.private, drawn)
		}
	}
	if _, err := c.DH(nil, peer.Public); err == nil {
		t.Error("no private key accepted")
	}
}

// TestStockNoiseUnderstandsTheHandshake runs a client made of nothing but
// the Noise library against our gate.
func TestStockNoiseUnderstandsTheHandshake(t *testing.T) {
	w := newWorld(t)
	prologue := []byte("SIM\x01\x04\x01")
	state := ok[*noise.HandshakeState](t)(noise.NewHandshakeState(noise.Config{
		CipherSuite: noise.NewCipherSuite(noise.DH25519, noise.CipherChaChaPoly, noise.HashSHA256),
		Random:      seeded(3),
		Pattern:     noise.HandshakeNX,
		Initiator:   true,
		Prologue:    prologue,
	}))
	message, _, _, err := state.WriteMessage(nil, []byte{0}) // a ClientHello without a key
	if err != nil {
		t.Fatal(err)
	}
	packet := append(prologue, byte(len(message)), 0)
	reply, session, err := w.server(4).Hello(append(packet, message...))
	if err != nil {
		t.Fatal(err)
	}
	_, k1, k2, err := state.ReadMessage(nil, reply[replyHeader:])
	if err != nil {
		t.Fatal(err)
	}
	base := baseSecret(state.ChannelBinding(), k1.UnsafeKey(), k2.UnsafeKey(), nil)
	if base != session.origin.base || !bytes.Equal(state.PeerStatic(), w.gate.body.Key[:]) {
		t.Error("stock Noise agreed on something else")
	}
}
