package secure

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/cloudflare/circl/dh/x25519"
)

// TestEphemeralKeys draws keys of some batches, in parallel: each is one, and
// nobody else's.
func TestEphemeralKeys(t *testing.T) {
	e := ephemerals{random: rand.Reader}
	var mu sync.Mutex
	seen := map[x25519.Key]bool{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 * batchKeys {
				pair, err := e.draw()
				if err != nil {
					t.Error(err)
					return
				}
				standard := ok[*ecdh.PrivateKey](t)(ecdh.X25519().NewPrivateKey(pair.private[:]))
				if !bytes.Equal(standard.PublicKey().Bytes(), pair.public[:]) {
					t.Errorf("%x is not the public key of %x", pair.public, pair.private)
				}
				if low, high := pair.private[0]&7, pair.private[31]>>6; low != 0 || high != 1 {
					t.Errorf("%x has not the form of an X25519 key", pair.private)
				}
				mu.Lock()
				if seen[pair.private] || seen[pair.public] {
					t.Errorf("%x was drawn twice", pair.public)
				}
				seen[pair.private], seen[pair.public] = true, true
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

var errNoRandomness = errors.New("no randomness")

// TestEphemeralKeysAreErased leaves a batch in memory, and draws from it again.
func TestEphemeralKeysAreErased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(keyBatch)
		before := ok[keyPair](t)(b.draw(seeded(1)))
		time.Sleep(batchLife / 2)
		neighbour := ok[keyPair](t)(b.draw(iotest.ErrReader(errNoRandomness)))
		if before.private[0]+8 != neighbour.private[0] || !bytes.Equal(before.private[1:], neighbour.private[1:]) {
			t.Errorf("%x is not behind %x", neighbour.private, before.private)
		}
		time.Sleep(batchLife)
		synctest.Wait()
		if b.first != (x25519.Key{}) {
			t.Errorf("%x is still there", b.first)
		}
		if _, err := b.draw(iotest.ErrReader(errNoRandomness)); !errors.Is(err, errNoRandomness) {
			t.Errorf("a key without randomness: %v", err)
		}
		if after := ok[keyPair](t)(b.draw(seeded(2))); bytes.Equal(before.private[2:], after.private[2:]) {
			t.Errorf("%x is of the batch of %x", after.private, before.private)
		}
	})
}

func BenchmarkEphemeralKey(b *testing.B) {
	e := ephemerals{random: rand.Reader}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.draw(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerateKeyPair(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := generateKeyPair(rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}
