package imservice

import "sync"

// claim is a position that a batch has taken from a head and that is not yet
// durable. While it is out the head is busy, so the pointer stays valid.
type claim struct {
	mu       *sync.Mutex // guards head
	head     *head
	position uint64
	before   head // all but durable is put back
}

// claims are those of one batch, in the order they were made.
type claims struct {
	list []claim
}

// add moves h to position; its lock is held.
func (c *claims) add(mu *sync.Mutex, h *head, position uint64, at int64) {
	c.list = append(c.list, claim{mu: mu, head: h, position: position, before: *h})
	h.assigned, h.at = position, at
}

// counted raises the count of the head that was claimed last, unless the message
// there is an event, and returns it.
func (c *claims) counted(event bool) uint64 {
	p := &c.list[len(c.list)-1]
	p.mu.Lock()
	defer p.mu.Unlock()
	if !event {
		p.head.count++
	}
	return p.head.count
}

// settle makes every claim durable.
func (c *claims) settle() {
	for _, p := range c.list {
		p.mu.Lock()
		p.head.durable = max(p.head.durable, p.position)
		p.mu.Unlock()
	}
	c.list = c.list[:0]
}

// undo gives back the claims from the n-th on, newest first, so that no gap
// stays. No later claims may be out.
func (c *claims) undo(n int) {
	for i := len(c.list) - 1; i >= n; i-- {
		p := &c.list[i]
		p.mu.Lock()
		p.head.assigned, p.head.at, p.head.count = p.before.assigned, p.before.at, p.before.count
		p.mu.Unlock()
	}
	c.list = c.list[:n]
}

// forget drops the claims and leaves their heads busy, so that nobody reads
// beyond what was durable before: for a commit whose fate is not known.
func (c *claims) forget() { c.list = c.list[:0] }
