package client

import (
	"fmt"
	"maps"
	"slices"
)

// restore takes up the messages that an earlier run kept and did not send. They
// go first, under their old counters. New calls it.
func (c *Client) restore(saved *Snapshot) error {
	if c.outbox == nil {
		return nil
	}
	list, err := c.outbox.Queued()
	if err != nil {
		return err
	}
	for i := range list {
		q := &list[i]
		if q.Device != saved.Device || q.Counter > maxCounter {
			return fmt.Errorf("%w: message %d that it keeps is of device %d, and it is of %d: bring back the state that was beside them, or remove the queue",
				ErrStateMismatch, q.Counter, q.Device, saved.Device)
		}
		saved.Counter = max(saved.Counter, q.Counter) // of a state that is older than its queue
	}
	c.sends = newInflight(saved.Counter+1, c.opts.Queue)
	for i := range list {
		q := &list[i]
		h := &Handle{c: c, message: *q, counter: q.Counter, done: make(chan struct{})}
		c.kept[q.Counter] = h
		c.earlier = append(c.earlier, q.Counter)
		c.sends.restore(q, c.since(q.expires(c.opts.SendExpiry)), h.settle)
	}
	return nil
}

// Queued returns the messages of Queue that are pending and outlive the client,
// those of earlier runs included, the oldest first.
func (c *Client) Queued() []*Handle {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*Handle, 0, len(c.kept))
	for _, counter := range slices.Sorted(maps.Keys(c.kept)) {
		list = append(list, c.kept[counter])
	}
	return list
}

// keep queues h and returns when the state has it. Until then it is not written,
// nor anything behind it: what was on a wire must be known after a crash.
func (c *Client) keep(h *Handle) error {
	if err := c.enqueue(h.message.parcel(), h.settle, h); err != nil {
		return err
	}
	defer c.work.Done()
	err := c.outbox.Keep(h.message)
	c.mu.Lock()
	if err != nil {
		if e := c.sends.find(h.counter); e != nil { // else it has ended, and was told
			c.sends.finish(e)
			delete(c.kept, h.counter)
		}
	}
	pending := err == nil && c.sends.release(h.counter)
	if l := c.link; l != nil { // what is behind it may go in either case
		c.pump(l)
		l.flush(&c.mu, c.clock)
	}
	c.wakeAt(c.nextDue())
	c.wakeFlush()
	c.mu.Unlock()
	if err == nil && !pending { // it expired meanwhile
		c.drop(h.counter, true)
	}
	return err
}

// hold notes that h is queued, and not to be written before it is kept. mu is
// held.
func (c *Client) hold(h *Handle) {
	h.message.Counter, h.message.Device = h.counter, c.user.device
	c.kept[h.counter] = h
	c.sends.hold(h.counter)
	c.work.Add(1)
}

// drop has the state forget a message that is over. When that fails the message
// comes again after a restart, under its old name.
func (c *Client) drop(counter uint64, now bool) {
	if err := c.outbox.Drop(counter, now); err != nil {
		c.opts.Logger.Warn("client cannot forget a message that is over", "counter", counter, "err", err)
	}
}
