package gate

import (
	"slices"
	"sync"

	"github.com/sim-im/sim/gate/numbered"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// mostWatches is how many big groups a session may watch, see msgdef.Watch.
const mostWatches = 512

// watches finds what sessions watch, by the number of their connection. Most watch
// nothing, and are not in it.
type watches struct {
	shards [shards]watchShard
}

type watchShard struct {
	mu    sync.Mutex
	lists numbered.Table[*watchList]
}

// watchList is what one session watches.
type watchList struct {
	conn      *conn
	audiences []*audience
}

func (w *watches) open() {
	for i := range w.shards {
		w.shards[i].lists = numbered.New(func(l *watchList) uint64 { return l.conn.id })
	}
}

func (w *watches) of(c *conn) *watchShard { return &w.shards[c.id%shards] }

// add notes that c watches a. It tells whether it did already, and whether it may:
// one that watches enough, or is about to end, may not. a.mu is held.
func (w *watches) add(c *conn, a *audience) (before bool, code msgdef.ErrorCode) {
	c.out.mu.Lock() // who leaves has ended the outbox before it takes the list
	defer c.out.mu.Unlock()
	if c.out.phase >= finishing {
		return false, msgdef.CodeUnavailable
	}
	shard := w.of(c)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	l := shard.lists.Find(c.id)
	if l == nil {
		l = &watchList{conn: c}
		shard.lists.Put(l)
	}
	switch {
	case slices.Contains(l.audiences, a):
		return true, msgdef.CodeOK
	case len(l.audiences) >= mostWatches:
		return false, msgdef.CodeBusy
	}
	l.audiences = append(l.audiences, a)
	return false, msgdef.CodeOK
}

// remove notes that c does not watch a any more. It tells whether it did.
func (w *watches) remove(c *conn, a *audience) bool {
	shard := w.of(c)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	l := shard.lists.Find(c.id)
	if l == nil {
		return false
	}
	i := slices.Index(l.audiences, a)
	if i < 0 {
		return false
	}
	if l.audiences = slices.Delete(l.audiences, i, i+1); len(l.audiences) == 0 {
		shard.lists.Remove(c.id)
	}
	return true
}

// take removes the list of a connection that has ended.
func (w *watches) take(c *conn) []*audience {
	shard := w.of(c)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if l := shard.lists.Remove(c.id); l != nil {
		return l.audiences
	}
	return nil
}

// appendHeads appends a ConvHead for each group that c watches: notes were dropped,
// and messages of any of them may have been among these. c.out.mu is held.
func (w *watches) appendHeads(dst []byte, c *conn) []byte {
	shard := w.of(c)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	l := shard.lists.Find(c.id)
	if l == nil {
		return dst
	}
	for _, a := range l.audiences {
		dst = frame.Append(dst, &msgdef.ConvHead{Conv: a.conv, CSeq: a.told.Load()})
	}
	return dst
}

// count returns how many sessions watch how many groups.
func (w *watches) count() (sessions, all int) {
	for i := range w.shards {
		shard := &w.shards[i]
		shard.mu.Lock()
		sessions += shard.lists.Len()
		for l := range shard.lists.All() {
			all += len(l.audiences)
		}
		shard.mu.Unlock()
	}
	return sessions, all
}
