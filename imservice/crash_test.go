package imservice

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var (
	crashRounds = flag.Int("crash.rounds", 12, "power cuts of TestLongPowerCuts")
	crashSeed   = flag.Uint64("crash.seed", uint64(time.Now().UnixNano()), "randomness of TestLongPowerCuts")
)

// place is a sequence of a user's inbox.
type place struct{ uid, useq uint64 }

// told is everything that somebody outside has been told, over all lives of
// the store.
type told struct {
	mu    sync.Mutex
	acked map[clientMessage]rpc.SendResult
	rows  map[place][]byte // served or notified
	marks map[readKey]uint64
	count int
}

func newTold() *told {
	return &told{acked: map[clientMessage]rpc.SendResult{}, rows: map[place][]byte{}, marks: map[readKey]uint64{}}
}

func (o *told) copy() *told {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &told{acked: maps.Clone(o.acked), rows: maps.Clone(o.rows), marks: maps.Clone(o.marks)}
}

// row notes a row, which must be the same as before.
func (o *told) row(t *testing.T, uid, useq uint64, encoded []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := place{uid, useq}
	if before, ok := o.rows[key]; ok && !bytes.Equal(before, encoded) {
		t.Errorf("useq %d of %d is two messages", useq, uid)
	}
	o.rows[key] = bytes.Clone(encoded)
	o.count++
}

func (o *told) ack(t *testing.T, it rpc.Send, r rpc.SendResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name := nameOf(&it)
	r.Conn = 0
	if before, ok := o.acked[name]; ok && before != r {
		t.Errorf("send %v was acknowledged as %+v and as %+v", name, before, r)
	}
	o.acked[name] = r
	o.count++
}

func (o *told) total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// toldNotifier makes a told a notifier.
type toldNotifier struct {
	t *testing.T
	o *told
}

func (n toldNotifier) Notify(_ context.Context, batch *rpc.Notices) error {
	for _, to := range batch.To {
		n.o.row(n.t, to.UID, to.USeq, batch.Messages[to.Message])
	}
	return nil
}

// crashWorld is one life of a store between two power cuts.
type crashWorld struct {
	*world
	told *told
	sent []uint64 // per writer, the counter to go on from
}

const crashWriters = 4

// pushedUser has a push token, and sends nothing.
const pushedUser = 5

// TestLongPowerCuts cuts the power at random moments under load, each time leaving
// a random part of what was not synced. Whatever anybody was told before must
// be there after it; writers repeat what was not acknowledged.
func TestLongPowerCuts(t *testing.T) {
	long(t)
	random := rand.New(rand.NewPCG(*crashSeed, 1))
	t.Logf("-crash.seed=%d", *crashSeed)
	fs := vfs.NewCrashableMem()
	facts, sent := newTold(), make([]uint64, crashWriters)
	for round := range *crashRounds {
		c := startLife(t, fs, facts, sent)
		if round == 0 {
			for i := range 5 {
				_, err := c.store.CreateAccount(fmt.Sprintf("u%d", i+1), "", c.clock.now())
				c.must(err)
			}
		}
		c.users = []uint64{1, 2, 3, 4, 5}
		if round == 0 {
			c.push(pushedUser, 9)
		}
		c.verify(t)
		stop := c.load(t, random.Uint64())
		goal := c.told.total() + 50 + random.IntN(2000)
		eventually(func() bool { return c.told.total() >= goal })
		facts = c.told.copy() // all of this was told before the cut
		fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		sent = stop()
		c.close()
	}
	c := startLife(t, fs, facts, sent)
	c.users = []uint64{1, 2, 3, 4, 5}
	c.verify(t)
	c.finish(t)
	c.close()
}

func startLife(t *testing.T, fs vfs.FS, facts *told, sent []uint64) *crashWorld {
	c := &crashWorld{world: &world{t: t, fs: fs, clock: newClock()}, told: facts, sent: sent}
	c.options = Options{Now: time.Now, Password: cheap, Limits: Limits{CachedUsers: 1, CachedConversations: 1, CachedDevices: 1, PushesPerDevice: 1 << 20}}
	c.open()
	c.must(c.server.Close(context.Background())) // serve again, with a notifier that checks
	var err error
	c.server, err = New(c.options)
	c.must(err)
	c.server.Start(toldNotifier{t, facts})
	return c
}

// verify checks that everything told is there, and that inboxes are gapless.
func (c *crashWorld) verify(t *testing.T) {
	t.Helper()
	before := c.told.copy()
	rows := map[place][]byte{}
	names := map[clientMessage]uint64{} // of the sender's row
	for _, uid := range c.users {
		all := c.inbox(uid)
		checkGapless(t, all)
		for _, row := range all {
			rows[place{uid, row.USeq}] = row.Message
			m := decode(t, row.Message)
			if m.From != uid {
				continue
			}
			name := clientMessage{device{m.From, m.Device}, m.Counter}
			if names[name] != 0 {
				t.Fatalf("send %v is two messages", name)
			}
			names[name] = row.USeq
		}
	}
	c.verifyOutbox(t, len(c.inbox(pushedUser)))
	for at, encoded := range before.rows {
		if !bytes.Equal(rows[at], encoded) {
			t.Fatalf("the row told at %v is gone or another", at)
		}
	}
	for name, r := range before.acked {
		if names[name] != r.USeq {
			t.Fatalf("acknowledged %v at %d is at %d", name, r.USeq, names[name])
		}
	}
	for key, cseq := range before.marks {
		page := c.conv(rpc.ConvPull{UID: key.uid, Conv: key.conv, Before: 1})
		for _, mark := range page.Reads {
			if mark.UID == key.uid && mark.CSeq < cseq {
				t.Fatalf("the read mark %v went back from %d to %d", key, cseq, mark.CSeq)
			}
		}
	}
}

// verifyOutbox checks that there is a row for each message of pushedUser, and
// none for a message that is not there.
func (c *crashWorld) verifyOutbox(t *testing.T, n int) {
	t.Helper()
	rows, err := c.store.OutboxRows(nil, 0, math.MaxUint64, math.MaxInt)
	c.must(err)
	if len(rows) != n {
		t.Fatalf("%d rows in the outbox for %d messages", len(rows), n)
	}
	for i, row := range rows {
		if row.UID != pushedUser || row.Device != 9 || row.USeq != uint64(i+1) {
			t.Fatalf("row %d of the outbox: %+v", i, row)
		}
	}
}

// load writes, reads and marks until the returned function is called, which
// says how far each writer got.
func (c *crashWorld) load(t *testing.T, seed uint64) func() []uint64 {
	var wg sync.WaitGroup
	stop, sent := make(chan struct{}), make([]uint64, crashWriters)
	running := func() bool {
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	for n := range crashWriters {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(n)))
			// From a little before: repeats of what was acknowledged, or lost.
			at := c.sent[n] - min(c.sent[n], 30)
			for sent[n] = c.sent[n]; running(); sent[n] = max(sent[n], at) {
				at = c.write(t, n, at, 1+random.IntN(20))
			}
		})
	}
	wg.Go(func() {
		for random := rand.New(rand.NewPCG(seed, 99)); running(); {
			c.watch(t, c.users[random.IntN(len(c.users))], random)
		}
	})
	return func() []uint64 {
		close(stop)
		wg.Wait()
		return sent
	}
}

// crashSend is the message a writer sends under a counter, the same in all
// lives.
func (c *crashWorld) crashSend(writer int, counter uint64) rpc.Send {
	from, to := c.users[writer%3], c.users[counter%uint64(len(c.users))]
	it := text(from, to, counter, fmt.Sprintf("%d/%d/%s", writer, counter, bytes.Repeat([]byte{'x'}, int(counter%300))))
	it.Device = uint64(writer + 1)
	return it
}

// write sends n messages after a counter and waits for all of them.
func (c *crashWorld) write(t *testing.T, writer int, after uint64, n int) uint64 {
	var items []rpc.Send
	for i := range n {
		items = append(items, c.crashSend(writer, after+uint64(i)+1))
	}
	for i, r := range c.send(items...) {
		if r.Code != msgdef.CodeOK {
			t.Errorf("outcome %+v", r)
			continue
		}
		c.told.ack(t, items[i], r)
	}
	return after + uint64(n)
}

// watch reads the end of an inbox, and marks its newest conversation as read.
func (c *crashWorld) watch(t *testing.T, uid uint64, random *rand.Rand) {
	heads, err := c.server.Heads(context.Background(), &rpc.HeadsQuery{UIDs: []uint64{uid}})
	c.must(err)
	after := heads.USeqs[0] - min(heads.USeqs[0], uint64(random.IntN(50)))
	for _, row := range c.pull(rpc.Pull{UID: uid, After: after, StoreEpoch: c.store.Epoch()}).Entries {
		c.told.row(t, uid, row.USeq, row.Message)
		m := decode(t, row.Message)
		if random.IntN(10) > 0 || c.read(uid, m.Conv, m.CSeq) != msgdef.CodeOK {
			continue
		}
		c.told.mu.Lock()
		c.told.marks[readKey{uid, m.Conv}] = max(c.told.marks[readKey{uid, m.Conv}], m.CSeq)
		c.told.mu.Unlock()
	}
}

// finish repeats every send there ever was: each becomes exactly one message.
func (c *crashWorld) finish(t *testing.T) {
	total := 0
	for n, last := range c.sent {
		for after := uint64(0); after < last; {
			after = c.write(t, n, after, int(min(100, last-after)))
		}
		total += int(last)
	}
	c.verify(t)
	if len(c.told.copy().acked) != total {
		t.Fatalf("%d sends acknowledged, want %d", len(c.told.copy().acked), total)
	}
	t.Logf("%d messages over %d power cuts", total, *crashRounds)
}
