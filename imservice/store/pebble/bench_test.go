package pebble

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// BenchmarkCommit writes pair messages of 256 bytes to the real disk, two
// commits outstanding, and beside it the same rows in the same batches to a
// bare engine. An op is a commit. The metrics: messages/s of the store, and
// of-raw, how fast it is against the bare engine (1 is as fast).
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("messages=%d", size), func(b *testing.B) { benchmarkCommit(b, size) })
	}
}

func benchmarkCommit(b *testing.B, size int) {
	b.ReportAllocs()
	ours, raw := newOurs(b), newRaw(b)
	rows := newRowMaker(size)
	const turn = 64 // commits before the other has its turn
	var oursTime, rawTime time.Duration
	commits := 0
	for b.Loop() {
		commits++
		rows.next()
		oursTime += stopwatch(func() { ours.commit(&rows.commit) })
		b.StopTimer()
		rawTime += stopwatch(func() { raw.commit(&rows.commit) })
		if commits%turn == 0 {
			oursTime += stopwatch(ours.settle)
			rawTime += stopwatch(raw.settle)
		}
		b.StartTimer()
	}
	oursTime += stopwatch(ours.settle)
	rawTime += stopwatch(raw.settle)
	b.ReportMetric(float64(commits*size)/oursTime.Seconds(), "messages/s")
	b.ReportMetric(rawTime.Seconds()/oursTime.Seconds(), "of-raw")
}

func stopwatch(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

// rowMaker fills one commit again and again, as a sequencer does.
type rowMaker struct {
	commit store.Commit
	body   []byte
	size   int
	n      uint64
}

func newRowMaker(size int) *rowMaker { return &rowMaker{body: make([]byte, 256), size: size} }

func (r *rowMaker) next() {
	const users = 1000
	r.commit.Reset()
	for range r.size {
		r.n++
		from := 1 + r.n*7919%users
		to := from%users + 1
		conv, seq := msgdef.Pair(from, to), r.n/users+1
		r.commit.Messages = append(r.commit.Messages, store.MessageRow{Conv: conv, CSeq: seq, Bytes: r.body})
		r.commit.Inbox = append(r.commit.Inbox,
			store.InboxRow{UID: from, USeq: 2*seq + 1, Conv: conv, CSeq: seq},
			store.InboxRow{UID: to, USeq: 2 * seq, Conv: conv, CSeq: seq})
		r.commit.Sent = append(r.commit.Sent, store.SentRow{UID: from, Device: from, Counter: seq, Conv: conv, CSeq: seq, USeq: 2*seq + 1})
	}
}

// ours is a store with at most two commits outstanding.
type ours struct {
	b       *testing.B
	store   *Store
	pending store.Pending
}

func newOurs(b *testing.B) *ours {
	s, err := Open(Options{Dir: b.TempDir(), MinFree: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return &ours{b: b, store: s}
}

func (o *ours) commit(c *store.Commit) {
	p, err := o.store.Apply(c)
	if err != nil {
		o.b.Fatal(err)
	}
	o.settle()
	o.pending = p
}

func (o *ours) settle() {
	if o.pending == nil {
		return
	}
	if err := o.pending.Wait(); err != nil {
		o.b.Fatal(err)
	}
	o.pending = nil
}

// raw is the engine alone, with the store's tuning.
type raw struct {
	b       *testing.B
	db      *engine.DB
	pending *engine.Batch
	key     []byte
	value   []byte
}

func newRaw(b *testing.B) *raw {
	o := Options{Dir: b.TempDir(), MinFree: -1}.withDefaults()
	cond := newCondition(slog.New(slog.DiscardHandler))
	opts := (&Store{cond: cond, load: newPressure()}).engineOptions(o)
	opts.FS = vfs.Default
	db, err := engine.Open(o.Dir, opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return &raw{b: b, db: db}
}

func (r *raw) commit(c *store.Commit) {
	batch := r.db.NewBatch()
	for i := range c.Messages {
		m := &c.Messages[i]
		r.key = appendMessageKey(r.key[:0], m.Conv, m.CSeq)
		batch.Set(r.key, m.Bytes, nil)
	}
	for _, row := range c.Inbox {
		r.key = appendInboxKey(r.key[:0], row.UID, row.USeq)
		r.value = appendPointer(r.value[:0], row.Conv, row.CSeq)
		batch.Set(r.key, r.value, nil)
	}
	for _, row := range c.Sent {
		r.key = appendSentKey(r.key[:0], row.UID, row.Device, row.Counter)
		r.value = append(appendPointer(r.value[:0], row.Conv, row.CSeq), 0, 0, 0, 0, 0, 0, 0, 0)
		batch.Set(r.key, r.value, nil)
	}
	if err := r.db.ApplyNoSyncWait(batch, engine.Sync); err != nil {
		r.b.Fatal(err)
	}
	r.settle()
	r.pending = batch
}

func (r *raw) settle() {
	if r.pending == nil {
		return
	}
	if err := r.pending.SyncWait(); err != nil {
		r.b.Fatal(err)
	}
	r.pending.Close()
	r.pending = nil
}
