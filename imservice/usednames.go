package imservice

import (
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

// usedNames spares a shared store most questions about repeated sends. A counter above
// all that its device had used when the store was asked is new, or another service
// has taken it since: then its row is there, the commit fails with store.ErrMoved, and
// all is asked about. What is to be refused is asked about before (ground.refused), since
// a repeat of it may have been allowed. A mark counts for less than the shortest time that such rows
// are kept, so that none of them was dropped meanwhile. It belongs to the sequencer.
type usedNames struct {
	marks *clockCache[device, usedMark]
	lasts time.Duration // how long a mark counts
	taken []clientMessage
}

// usedMark is the highest counter that a device had used, or more.
type usedMark struct {
	counter uint64
	until   time.Time
}

// markLasts is how long a mark counts at most.
const markLasts = time.Hour

func newUsedNames(limits Limits) *usedNames {
	u := &usedNames{marks: newClockCache[device, usedMark](limits.CachedDevices, nil), lasts: markLasts}
	if kept := limits.KeepSent; kept > 0 {
		u.lasts = min(u.lasts, kept/2)
	}
	return u
}

// ask adds to g what has to be known about a name.
func (u *usedNames) ask(g *store.Ground, name clientMessage, now time.Time) {
	m := u.marks.get(name.device)
	known := m != nil && now.Before(m.until) && now.Add(u.lasts).Compare(m.until) >= 0
	if known && name.counter > m.counter {
		return
	}
	g.Sends = append(g.Sends, store.SendName{UID: name.uid, Device: name.id, Counter: name.counter})
	if !known {
		g.Senders = append(g.Senders, store.Sender{UID: name.uid, Device: name.id})
	}
}

// learn notes what a store answered about senders.
func (u *usedNames) learn(g *store.Ground, now time.Time) {
	for _, of := range g.Senders {
		u.set(device{of.UID, of.Device}, usedMark{max(g.Used[of], g.Oldest[of]), now.Add(u.lasts)})
	}
}

func (u *usedNames) set(of device, m usedMark) {
	if old := u.marks.get(of); old != nil {
		*old = m
		return
	}
	u.marks.add(of, m)
}

// take notes that a name is used by the batch under way.
func (u *usedNames) take(it *rpc.Send) { u.taken = append(u.taken, nameOf(it)) }

// begin forgets what a batch took that is not there.
func (u *usedNames) begin() { u.taken = u.taken[:0] }

// commit raises the marks of what the batch took, which is there now.
func (u *usedNames) commit() {
	for _, name := range u.taken {
		if m := u.marks.get(name.device); m != nil {
			m.counter = max(m.counter, name.counter)
		}
	}
}

// doubt has the store asked about what the device of an item sends.
func (u *usedNames) doubt(it *rpc.Send) {
	if m := u.marks.get(nameOf(it).device); m != nil {
		m.until = time.Time{}
	}
}
