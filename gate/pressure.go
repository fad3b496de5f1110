package gate

import "sync/atomic"

// alwaysHeld is how many bytes a blocked connection may hold, whatever the
// others do. One that gets a little late is not made to pay for those that
// never read.
const alwaysHeld = 4 << 10

// pressure counts the bytes that the gate holds for connections whose peers do
// not read: what waits behind a blocked write, that write itself, and answers to
// pulls until they are written. Quick connections do not touch it. Above most,
// the limits of a single connection shrink to alwaysHeld:
//
//	notifies       collapse into a head
//	outcomes       are dropped; the SDK sends again
//	requests       wait in the socket of who does not read the answers
//	pulls          are refused for now, to everybody
//	applications'  answers become errors, what they push is dropped
//
// So whatever n peers do, they hold most and n times alwaysHeld, and one record
// or answer each that was on its way.
type pressure struct {
	most, bytes atomic.Int64
}

// add counts bytes; fewer, when n is negative.
func (p *pressure) add(n int) {
	if n != 0 {
		p.bytes.Add(int64(n))
	}
}

// hold counts bytes until release is called.
func (p *pressure) hold(n int) (release func()) {
	p.add(n)
	return func() { p.add(-n) }
}

// high tells whether too much is held. A nil pressure never is.
func (p *pressure) high() bool { return p != nil && p.bytes.Load() > p.most.Load() }

// weigh counts what the outbox holds for a peer that does not read. o.mu is
// held.
func (o *outbox) weigh(p *pressure) {
	if p == nil || !o.blocked() && o.held == 0 {
		return
	}
	held := 0
	if o.blocked() {
		held = int(o.rest) + o.notes.cap() + o.replies.cap()
	}
	p.add(held - int(o.held))
	o.held = int32(held)
}

// pressed tells whether size bytes more are too much under pressure. o.mu is
// held.
func (o *outbox) pressed(size int, p *pressure) bool {
	o.weigh(p)
	return o.blocked() && int(o.held)+size > alwaysHeld && p.high()
}
