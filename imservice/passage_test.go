package imservice

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// passageModel is what the inbox of user 1 has: the pair of each row.
type passageModel struct {
	*world
	rows []rpc.Send
}

// says sends a batch of random messages to user 1, and of theirs, at about one time.
func (m *passageModel) says(random *rand.Rand, counters []uint64, n int) {
	var batch []rpc.Send
	for range n {
		from, to := uint64(1+random.IntN(5)), uint64(1)
		if random.IntN(8) == 0 { // rarely somebody who is far away from the cursor
			from = 6
		}
		if from == 1 {
			to = uint64(2 + random.IntN(4))
		}
		counters[from]++
		batch = append(batch, text(from, to, counters[from], "x"))
	}
	for _, r := range m.send(batch...) {
		if r.Code != msgdef.CodeOK {
			m.t.Fatal(r.Code)
		}
	}
	m.rows = append(m.rows, batch...)
}

// passed is how far a cursor has the pair with somebody, one row after the other.
func (m *passageModel) passed(with, cursor uint64) (cseq uint64) {
	for _, it := range m.rows[:cursor] {
		if it.Conv == msgdef.Pair(1, with) {
			cseq++
		}
	}
	return cseq
}

// TestPassage finds how far cursors have pairs, however much waits behind them, and
// wherever in it the pair is.
func TestPassage(t *testing.T) {
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 3))
		m := &passageModel{world: newWorld(t, 7)}
		_, err := m.server.devices.login(1, 1, m.clock.now().UnixMilli())
		m.must(err)
		counters := make([]uint64, 8)
		m.says(random, counters, 50)
		counters[7]++
		m.does(text(7, 1, counters[7], "once, and then nothing"), 0)
		m.rows = append(m.rows, text(7, 1, counters[7], ""))
		for range 40 {
			m.says(random, counters, 1+random.IntN(30))
			m.clock.add(time.Duration(random.IntN(3)+1) * time.Millisecond)
		}
		var cursors []uint64
		for range 12 {
			cursors = append(cursors, 1+random.Uint64N(uint64(len(m.rows))))
		}
		slices.Sort(cursors)
		for _, cursor := range cursors {
			m.acks(1, 1, cursor)
			for with := uint64(2); with <= 7; with++ {
				conv := msgdef.Pair(1, with)
				head := m.conv(rpc.ConvPull{UID: with, Conv: conv, Limit: 1}).Head
				got, err := m.server.passed(1, conv, head)
				m.must(err)
				if want := m.passed(with, cursor); got != want {
					t.Errorf("seed %d: cursor %d of %d has %d of the pair with %d, want %d of %d", seed, cursor, len(m.rows), got, with, want, head)
				}
			}
		}
		m.close()
	}
}

// TestPassageWithoutOrder finds it as well when clocks were set back, and much is of one
// time, whoever asks in whatever order, and when a cursor has moved.
func TestPassageWithoutOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 4))
	m := &passageModel{world: newWorld(t, 7)}
	_, err := m.server.devices.login(1, 1, m.clock.now().UnixMilli())
	m.must(err)
	counters := make([]uint64, 8)
	m.says(random, counters, 20)
	for cursor := uint64(20); cursor < 700; cursor += 40 {
		for range 2 {
			m.says(random, counters, 1+random.IntN(60))
			m.clock.add(time.Duration(random.IntN(2000)-1000) * time.Millisecond)
		}
		m.acks(1, 1, min(cursor, uint64(len(m.rows))))
		for range 2 {
			for with := uint64(2); with <= 6; with++ {
				conv := msgdef.Pair(1, with)
				head := m.conv(rpc.ConvPull{UID: with, Conv: conv, Limit: 1}).Head
				got, err := m.server.passed(1, conv, head)
				m.must(err)
				if want := m.passed(with, min(cursor, uint64(len(m.rows)))); got != want {
					t.Errorf("cursor %d of %d has %d of the pair with %d, want %d of %d", cursor, len(m.rows), got, with, want, head)
				}
			}
		}
	}
}

// lookingAhead is a store that counts what is gone through.
type lookingAhead struct {
	store.Store
	from, rows uint64 // where the last one began, and how many there were
}

func (l *lookingAhead) InboxNext(uid uint64, conv msgdef.Conversation, after, upTo uint64) (store.InboxEntry, error) {
	e, err := l.Store.InboxNext(uid, conv, after, upTo)
	if l.from = after; err == nil {
		upTo = e.USeq
	}
	l.rows += upTo - after
	return e, err
}

// TestLookahead reads no row twice, goes on where it ended, and says nothing of rows that
// were dropped.
func TestLookahead(t *testing.T) {
	w := newWorld(t, 3)
	w.say(2, 1, 1, 10)
	w.say(3, 1, 1, 5) // 11 to 15
	w.say(2, 1, 11, 5)
	counted := &lookingAhead{Store: w.store}
	l := newLookahead(counted)
	two, three := readKey{1, msgdef.Pair(1, 2)}, readKey{1, msgdef.Pair(1, 3)}
	for _, c := range []struct {
		of             readKey
		cursor, newest uint64
		cseq, rows     uint64
	}{
		{three, 2, 8, 0, 6}, {three, 2, 8, 0, 0}, {three, 5, 9, 0, 1}, {three, 5, 20, 1, 2}, {three, 10, 20, 1, 0}, {three, 11, 20, 2, 1},
		{three, 1, 20, 1, 10}, {three, 15, 20, 0, 5}, {three, 20, 20, 0, 0}, {two, 10, 20, 11, 6}, {two, 12, 20, 11, 0}, {two, 12, 20, 11, 0},
	} {
		counted.rows = 0
		cseq, known, err := l.find(c.of, c.cursor, c.newest)
		if cseq != c.cseq || !known || err != nil || counted.rows != c.rows {
			t.Errorf("%+v: %d, known: %v, %v, in %d rows", c, cseq, known, err, counted.rows)
		}
	}
	w.must(func() error {
		p, err := w.store.Apply(&store.Commit{InboxFloors: []store.InboxFloor{{UID: 1, USeq: 4}}})
		if err == nil {
			err = p.Wait()
		}
		return err
	}())
	if cseq, known, err := newLookahead(counted).find(three, 2, 20); known || err != nil {
		t.Errorf("below a floor: %d, %v", cseq, err)
	}
}
