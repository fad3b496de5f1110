package secure

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"testing"
)

// TestKeyScheduleByHand computes the schedule again with HMAC alone, after
// RFC 5869 and the drawing in keyschedule.go.
func TestKeyScheduleByHand(t *testing.T) {
	mac := func(key []byte, parts ...string) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write([]byte(p))
		}
		return h.Sum(nil)
	}
	hash, k1, k2, kem := []byte("hash"), [32]byte{1}, [32]byte{2}, []byte("kem")
	base := mac(hash, string(k1[:]), string(k2[:]), string(kem))
	transcript := sha256.Sum256([]byte("\x05\x00loginlogin ok"))
	id := sessionID()
	session := mac(base, "sim/1 session", string(id[:]), string(transcript[:]), "\x01")
	up := mac(session, "sim/1 up", "\x01")

	got := baseSecret(hash, k1, k2, kem)
	root := got.session(id, transcriptHash([]byte("login"), []byte("login ok")))
	gotUp, gotLogin, gotDown, gotResume, gotNext := root.up(), got.login(), root.down(), root.resume(), secret(up)
	gotNext = gotNext.next()
	key, iv := gotUp.key(), gotUp.iv()
	for _, c := range []struct {
		name      string
		got, want []byte
	}{
		{"base", got[:], base},
		{"login", gotLogin[:], mac(base, "sim/1 login", "\x01")},
		{"session", root[:], session},
		{"up", gotUp[:], up},
		{"down", gotDown[:], mac(session, "sim/1 down", "\x01")},
		{"resume", gotResume[:], mac(session, "sim/1 resume", "\x01")},
		{"key", key[:], mac(up, "sim/1 key", "\x01")},
		{"iv", iv[:], mac(up, "sim/1 iv", "\x01")[:12]},
		{"next", gotNext[:], mac(up, "sim/1 next", "\x01")},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s = %x, want %x", c.name, c.got, c.want)
		}
	}
}

// TestMacIsHMAC compares mac with the library's, for all lengths it takes and in
// whatever parts.
func TestMacIsHMAC(t *testing.T) {
	var key secret
	text := make([]byte, maxText)
	for i := range text {
		key[i%len(key)], text[i] = byte(200-i), byte(i)
	}
	for n := range maxText + 1 {
		h := hmac.New(sha256.New, key[:])
		h.Write(text[:n])
		want := h.Sum(nil)
		for _, at := range []int{0, n / 3, n} {
			if got := key.mac(text[:at], nil, text[at:n]); !slices.Equal(got[:], want) {
				t.Errorf("%d bytes in two parts at %d: %x, want %x", n, at, got, want)
			}
		}
	}
}

// TestKeyScheduleStaysOnTheStack: an allocation would be a copy of secrets that
// nobody erases.
func TestKeyScheduleStaysOnTheStack(t *testing.T) {
	var hash, k1, k2, kem, transcript [32]byte
	var iv [12]byte
	id := sessionID()
	allocs := testing.AllocsPerRun(100, func() {
		base := baseSecret(hash[:], k1, k2, kem[:])
		login, root := base.login(), base.session(id, transcript)
		up, down, resume, bulk := login.up(), root.down(), root.resume(), root.bulk()
		next, key := up.next(), down.key()
		iv = next.iv()
		hash[0], k1[0], k2[0] = key[0], resume[0], bulk[0]
	})
	if allocs != 0 {
		t.Errorf("%v allocations, and an IV %x", allocs, iv)
	}
}

func TestNonceIsIVXorCounter(t *testing.T) {
	c := work{iv: [12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	want := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 ^ 1, 12 ^ 2}
	if got := c.nonceOf(0x0102); !slices.Equal(got, want) {
		t.Errorf("nonce %x, want %x", got, want)
	}
}
