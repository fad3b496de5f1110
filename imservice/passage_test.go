package imservice

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

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

// TestPassageWithoutOrder claims nothing that is not so when a clock was set back, and
// much is of one time.
func TestPassageWithoutOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 4))
	m := &passageModel{world: newWorld(t, 7)}
	_, err := m.server.devices.login(1, 1, m.clock.now().UnixMilli())
	m.must(err)
	counters := make([]uint64, 8)
	for range 20 {
		m.says(random, counters, 1+random.IntN(60))
		m.clock.add(time.Duration(random.IntN(2000)-1000) * time.Millisecond)
	}
	known := 0
	for cursor := uint64(20); cursor < uint64(len(m.rows)); cursor += 40 {
		m.acks(1, 1, cursor)
		for with := uint64(2); with <= 6; with++ {
			conv := msgdef.Pair(1, with)
			got, err := m.server.passed(1, conv, m.conv(rpc.ConvPull{UID: with, Conv: conv, Limit: 1}).Head)
			m.must(err)
			if want := m.passed(with, cursor); got != 0 && got != want {
				t.Errorf("cursor %d has %d of the pair with %d, want %d", cursor, got, with, want)
			} else if got != 0 {
				known++
			}
		}
	}
	if known == 0 {
		t.Error("nothing is known")
	}
}
