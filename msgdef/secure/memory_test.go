package secure

import (
	"bytes"
	"crypto/x509"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// What a packet may make its reader allocate, in bytes: the keys and ciphers of
// an answer, and its parts a few times over. The packet itself is bounded, too.
const (
	memoryFixed   = 48 << 10
	memoryPerByte = 8
)

// reader takes bytes from somebody who may be anybody.
type reader struct {
	good []byte
	// ready returns what takes one packet, ready to do so.
	ready func() func([]byte)
}

// readers are all that reads before anybody has proved anything.
func (w *world) readers() map[string]reader {
	server, leaf := w.server(4), w.gate.leaf.Certificate[0]
	all := map[string]reader{
		"certificate": {w.gate.Certificate(), func() func([]byte) { return func(b []byte) { _, _ = w.roots.Verify(b, now) } }},
		"leaf": {leaf, func() func([]byte) {
			return func(b []byte) {
				if parsed, err := x509.ParseCertificate(b); err == nil {
					_, _, _ = readLeaf(parsed)
				}
			}
		}},
		"TLS hello": {w.tlsClient(ClientConfig{Suite: HybridAESGCM}, export).Hello(), func() func([]byte) {
			return func(b []byte) { _, _, _ = server.TLSHello(b, export) }
		}},
	}
	for _, suite := range suites() {
		hello, reply, _ := w.transcript(suite)
		all["hello of "+suite.String()] = reader{hello, func() func([]byte) {
			return func(b []byte) { _, _, _ = server.Hello(b) }
		}}
		all["reply of "+suite.String()] = reader{reply, func() func([]byte) {
			client := w.client(suite, 3)
			return func(b []byte) { _, _ = client.Reply(b) }
		}}
	}
	return all
}

// TestMemoryOfTheHandshake feeds every reader good, cut, changed and long
// packets.
func TestMemoryOfTheHandshake(t *testing.T) {
	for name, r := range newWorld(t).readers() {
		for _, b := range hostile(r.good) {
			most := uint64(memoryFixed + memoryPerByte*len(b))
			if got := allocated(most, func() func() { take := r.ready(); return func() { take(b) } }); got > most {
				t.Errorf("%s: %d bytes allocated for %d, more than %d: %x", name, got, len(b), most, b)
			}
		}
	}
}

// TestHostileRecordsAllocateNothing does the same with records, whose failures
// are all known beforehand.
func TestHostileRecordsAllocateNothing(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	record := seal(t, &e.client.Out, text("a message"))
	for _, b := range hostile(record) {
		in := e.server.In
		if n := testing.AllocsPerRun(1, func() { _, _ = in.Open(b) }); n != 0 {
			t.Errorf("%x: %v allocations", b, n)
		}
	}
}

// hostile returns good and what may become of it on a way through enemies.
func hostile(good []byte) [][]byte {
	list := [][]byte{good, append(bytes.Clone(good), make([]byte, maxMessage)...)}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		b := bytes.Clone(good)
		if i%2 == 0 {
			b = b[:rng.IntN(len(b))]
		}
		for n := 0; n < i%4 && len(b) > 0; n++ {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		list = append(list, b)
	}
	return list
}

// allocated returns how much what ready returns allocates. The runtime counts
// what other goroutines allocate too, so a result above most is measured again.
func allocated(most uint64, ready func() func()) uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		call := ready()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		call()
		runtime.ReadMemStats(&after)
		if least = min(least, after.TotalAlloc-before.TotalAlloc); least <= most {
			break
		}
	}
	return least
}
