package client

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"
)

// Counters are reserved in blocks: one save of the state for counterBlock
// messages. maxCounter leaves room that is never used up.
const (
	counterBlock = 1024
	maxCounter   = 1 << 62
)

// adopt compares what was saved with what options want, and makes a device
// where there is none. fresh means that saved must be kept before it is used.
//
// The first counter of a device is 1 when its id is newly drawn. A device that
// options name may have sent before, with a state that is lost: it starts at
// the clock's microseconds, above whatever it used.
func adopt(o Options, saved *Snapshot) (fresh bool, err error) {
	if o.Account != "" && saved.Account != "" && o.Account != saved.Account {
		return false, fmt.Errorf("%w: it is of account %q, not %q", ErrStateMismatch, saved.Account, o.Account)
	}
	switch {
	case saved.Device != 0 && o.Device != 0 && saved.Device != o.Device:
		return false, fmt.Errorf("%w: it is of device %d, not %d", ErrStateMismatch, saved.Device, o.Device)
	case saved.Device != 0:
		return false, nil
	case o.Device != 0:
		saved.Device = o.Device
		saved.Counter = uint64(max(o.Now().UnixMicro(), 0))
		return true, nil
	}
	saved.Device, err = drawDevice(o.Rand)
	return true, err
}

// drawDevice returns a random id that is not 0.
func drawDevice(random io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0, fmt.Errorf("client: randomness: %w", err)
	}
	return max(binary.LittleEndian.Uint64(b[:]), 1), nil
}

// reserve makes counters usable by saving first that they may be used.
func (c *Client) reserve() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	if c.sends.counter() <= c.reserved { // another sender was faster
		c.mu.Unlock()
		return nil
	}
	s := c.snapshot()
	s.Counter = c.reserved + counterBlock
	c.mu.Unlock()
	if err := c.opts.State.Save(s); err != nil {
		return err
	}
	c.mu.Lock()
	c.reserved, c.saved = s.Counter, s
	c.mu.Unlock()
	return nil
}

// snapshot returns the state as it is. mu is held.
func (c *Client) snapshot() Snapshot {
	if c.wiped {
		return Snapshot{}
	}
	return Snapshot{
		Account: c.user.account, UID: c.user.uid,
		Device: c.user.device, Counter: c.reserved,
		Cursor: c.place.cursor, StoreEpoch: c.place.epoch, Fingerprint: c.place.last.fingerprint(),
		Token: c.user.token, TokenExpires: c.user.expires,
		Rhythms: c.rhythms.list(),
		Tickets: c.wallet,
		Topics:  c.topics.list(), TopicsEpoch: c.topics.epoch, TopicsListed: c.topics.listing.done, TopicsSince: c.topics.listing.head,
	}
}

// save keeps the state as it is. A state that cannot be saved costs messages
// seen again after the next start, so it is told and tried again later.
func (c *Client) save() {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	c.saveAt = c.opts.Now().Add(c.opts.Timeouts.Save)
	s, version := c.snapshot(), c.topics.version
	c.mu.Unlock()
	err := c.opts.State.Save(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.opts.Logger.Warn("client state not saved", "err", err)
		return
	}
	c.saved, c.topics.saved = s, version
	c.saveAt = c.saveDue()
}

// saveDue returns when to save next: zero when nothing changed. mu is held.
func (c *Client) saveDue() (at time.Time) {
	if c.place.cursor == c.saved.Cursor && c.place.epoch == c.saved.StoreEpoch && c.topics.version == c.topics.saved && slices.Equal(c.wallet, c.saved.Tickets) {
		return at
	}
	if c.background {
		return c.clock // there may be no later
	}
	return c.clock.Add(c.opts.Timeouts.Save)
}
