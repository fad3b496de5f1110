package gate_test

import (
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// BenchmarkNoTicket is what a packet that anybody can repeat costs a gate: a
// Resume with a ticket that nobody gave out, or one that was changed, beside a
// Hello, taking turns. Dialling and closing are part of each.
//
//	unknown-µs  until NoTicket was read
//	changed-µs  the same with a ticket that is there, and a packet not made with its secret
//	hello-µs    until the Reply was read
//	of-hello    unknown ÷ hello
func BenchmarkNoTicket(b *testing.B) {
	w := newWorld(b)
	_, tickets := w.tickets("robot", 1)
	restore := w.far.copyTickets()
	unknown := w.resumption(secure.Ticket{ID: [16]byte{1}, Suite: secure.ClassicalAESGCM}, again(1)).Packet()
	forged := tickets[0]
	forged.Secret[0] ^= 1
	changed := w.resumption(forged, again(1)).Packet()
	hello := w.dial().hello(secure.HybridAESGCM).Hello()
	cost := func(packet []byte, size func([]byte) (int, error)) time.Duration {
		start := time.Now()
		c := w.dial()
		c.write(packet)
		c.packet(size)
		c.conn.Close()
		return time.Since(start)
	}
	var sum [3]time.Duration
	runs := 0
	for b.Loop() {
		sum[0] += cost(unknown, secure.ResumeReplySize)
		sum[1] += cost(changed, secure.ResumeReplySize)
		sum[2] += cost(hello, secure.ReplySize)
		restore()
		runs++
	}
	b.ReportMetric(0, "ns/op")
	for i, unit := range []string{"unknown-µs", "changed-µs", "hello-µs"} {
		b.ReportMetric(float64(sum[i])/float64(runs)/1e3, unit)
	}
	b.ReportMetric(float64(sum[0])/float64(sum[2]), "of-hello")
}
