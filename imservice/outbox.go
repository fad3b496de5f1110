package imservice

import (
	"errors"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// outbox is what should be pushed to devices that are perhaps not connected.
// A row is written in the commit of its message, and its life is
//
//	written ──sync──▶ due ──Due──▶ held ──Confirm──▶ gone
//	                   ▲            │
//	                   └─hold over──┘ (or a restart: holds are in memory)
//
// Rows are read in the order of their ids, so one position tells which were
// never handed out; those handed out are in memory until they are confirmed.
// How many rows there are is bounded: of a device that has too many, or when
// there are too many in all, a message leaves none. Sending never waits.
type outbox struct {
	store   store.Store
	shared  store.Shared // the same, if it is; then it knows who holds what, and this does not
	log     *slog.Logger
	now     func() time.Time
	limits  Limits
	devices *pushDevices

	last    uint64        // id given out last; the sequencer's
	step    uint64        // from one id to the next
	durable atomic.Uint64 // rows up to here may be handed out

	mu      sync.Mutex // guards what follows; held over reads and removals in the store
	scanned uint64     // rows up to here were handed out, or are gone
	swept   uint64     // rows up to here are gone
	held    *holds

	waiting *pushCounts
	bell    *bell
	done    chan struct{} // closed when run has returned

	confirmed, skipped, expired atomic.Uint64 // rows
}

// newOutbox counts the rows that are there, which all are due.
func newOutbox(o Options) (*outbox, error) {
	devices, err := newPushDevices(o.Store, o.Limits.CachedUsers)
	if err != nil {
		return nil, err
	}
	b := &outbox{
		store: o.Store, log: o.Logger, now: o.Now, limits: o.Limits, devices: devices,
		held: newHolds(), step: 1, waiting: newPushCounts(o.Limits), bell: newBell(), done: make(chan struct{}),
	}
	head, err := o.Store.OutboxHead()
	if err != nil {
		return nil, err
	}
	// Ids go on, and when all rows are gone they do not begin again: a push
	// service may still speak of old ones.
	b.last = max(head, uint64(max(o.Now().UnixMilli(), 0))<<instanceBits)
	b.durable.Store(head)
	if b.shared, _ = o.Store.(store.Shared); b.shared != nil {
		b.last, b.step = b.last&^instanceMask|b.shared.Instance()&instanceMask, 1<<instanceBits
		b.durable.Store(math.MaxUint64)
	}
	return b, b.count(math.MaxUint64)
}

// An id is about the time it was given out at in milliseconds, and below it in
// so many bits which process did where several share a store.
const (
	instanceBits = 20
	instanceMask = 1<<instanceBits - 1
)

// count counts the rows up to an id.
func (b *outbox) count(upTo uint64) error {
	var rows []store.OutboxRow
	for after := uint64(0); after < upTo; {
		var err error
		if rows, err = b.store.OutboxRows(rows[:0], after, upTo, maxPushes); err != nil || len(rows) == 0 {
			return err
		}
		b.waiting.add(rows)
		after = rows[len(rows)-1].ID
	}
	return nil
}

// write adds rows for the devices of a user to the commit that has the message,
// for the sequencer only. A message whose rows cannot be written is sent all
// the same.
func (b *outbox) write(c *store.Commit, row store.OutboxRow) {
	devices, err := b.devices.of(row.UID)
	if err != nil {
		b.log.Error("cannot read push tokens: a message is not pushed", "error", err)
		b.skipped.Add(1)
		return
	}
	b.add(c, devices, row)
}

// add adds a row for each of the devices that there are.
func (b *outbox) add(c *store.Commit, devices []uint64, row store.OutboxRow) {
	for _, id := range devices {
		if !b.waiting.take(device{row.UID, id}) {
			b.skipped.Add(1)
			continue
		}
		b.last += b.step
		row.ID, row.Device = b.last, id
		c.Outbox = append(c.Outbox, row)
	}
}

// forget takes back the rows of a commit that was refused.
func (b *outbox) forget(rows []store.OutboxRow) {
	if len(rows) > 0 {
		b.waiting.remove(rows)
	}
}

// sharedLook is how long after there were no rows a shared store is asked again:
// what other services write does not ring here.
const sharedLook = time.Second

// committed makes the rows of a durable commit due.
func (b *outbox) committed(rows []store.OutboxRow) {
	if len(rows) > 0 {
		if b.shared == nil {
			b.durable.Store(rows[len(rows)-1].ID)
		}
		b.bell.ring()
	}
}

// close ends the calls that wait for rows.
func (b *outbox) close() { b.bell.close() }

// take hands out rows until hold is over: first those whose hold is over, then
// such as nobody had. With none it returns when the next hold ends; 0 is never.
func (b *outbox) take(limit int, hold time.Duration) (rows []store.OutboxRow, next time.Time, err error) {
	if b.shared != nil {
		now := b.now()
		rows, err = b.shared.TakeOutbox(nil, limit, now, now.Add(hold))
		return rows, now.Add(sharedLook), err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	rows = b.held.over(now, limit)
	durable := b.durable.Load()
	n := len(rows)
	rows, err = b.store.OutboxRows(rows, b.scanned, durable, limit-n)
	if err != nil {
		rows = rows[:n] // they come back when the store can be read
		b.held.hold(rows, now)
		return nil, time.Time{}, err
	}
	switch {
	case len(rows) > n && len(rows) == limit:
		b.scanned = rows[len(rows)-1].ID
	case len(rows) < limit:
		b.scanned = max(b.scanned, durable)
	}
	b.held.hold(rows, now.Add(hold))
	return rows, b.held.next(), nil
}

// remove ends rows for good. The lock is held.
func (b *outbox) remove(rows []store.OutboxRow) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]uint64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	if err := b.store.RemoveOutbox(ids); err != nil {
		return err
	}
	for _, id := range ids {
		b.held.drop(id)
	}
	b.waiting.remove(rows)
	return nil
}

// find returns the row with an id, if it is one of that device.
func (b *outbox) find(id uint64, of device) (row store.OutboxRow, ok bool, err error) {
	if id > b.durable.Load() {
		return row, false, nil
	}
	row, err = b.store.OutboxRow(id)
	if errors.Is(err, store.ErrNotFound) {
		return row, false, nil
	}
	return row, err == nil && row.UID == of.uid && row.Device == of.id, err
}

// heldNow returns how many rows push services have.
func (b *outbox) heldNow() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.held.rows)
}
