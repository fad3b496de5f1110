package client

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"pgregory.net/rapid"
)

// play gives rows to an inbox as a session does, and returns what was handed
// on, in order.
func play(in *inbox, useq uint64, own bool) (handed []uint64) {
	switch in.turn(useq) {
	case turnNow:
		in.advance(row{cseq: useq})
		handed = append(handed, useq)
		for h := in.window.get(in.cursor + 1); h != nil; h = in.window.get(in.cursor + 1) {
			if len(h.message) > 0 && h.message[0] != byte(h.useq) || h.own != (len(h.message) == 0) {
				panic("the window mixed rows up")
			}
			handed = append(handed, h.useq)
			in.advance(row{cseq: h.useq})
		}
	case turnLater:
		if own {
			in.window.put(in.cursor, useq, row{cseq: useq}, nil, true)
		} else {
			in.window.put(in.cursor, useq, row{}, []byte{byte(useq)}, false)
		}
	}
	return handed
}

// Whatever comes, in whatever order and however often: rows are handed on once,
// in order, without holes; and what a pull brings closes every gap.
func TestInboxHandsOnOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Uint64Range(0, 1<<50).Draw(t, "start")
		in := inbox{cursor: start, head: start, known: true}
		next := start + 1
		check := func(handed []uint64) {
			for _, useq := range handed {
				if useq != next {
					t.Fatalf("handed %d on, want %d", useq, next)
				}
				next++
			}
			if in.cursor != next-1 {
				t.Fatalf("cursor %d after %d", in.cursor, next-1)
			}
		}
		offsets := rapid.SliceOfN(rapid.IntRange(-5, 60), 0, 200).Draw(t, "offsets")
		far := rapid.SliceOfN(rapid.Uint64Range(0, 5000), 0, 5).Draw(t, "far")
		for _, d := range offsets {
			useq := start + uint64(max(d, -int(min(start, 5))))
			check(play(&in, useq, d%3 == 0))
		}
		for _, d := range far {
			check(play(&in, start+d, false))
		}
		for in.behind() { // the pull
			check(play(&in, in.cursor+1, false))
		}
		if in.window.count != 0 || in.window.bytes != 0 {
			t.Fatalf("%d rows, %d bytes left in the window", in.window.count, in.window.bytes)
		}
		if len(in.window.slots) > windowSlots {
			t.Fatalf("the window has %d slots", len(in.window.slots))
		}
	})
}

func TestWindowIsBounded(t *testing.T) {
	var w window
	message := make([]byte, 12288)
	for useq := uint64(2); useq < 2*windowSlots; useq++ {
		w.put(0, useq, row{}, message, false)
	}
	if w.bytes > windowBytes || w.count*len(message) != w.bytes {
		t.Errorf("%d rows with %d bytes", w.count, w.bytes)
	}
	w.put(0, ^uint64(0), row{}, nil, true)
	if w.get(^uint64(0)) != nil {
		t.Error("a row far ahead was kept")
	}
	if in := (inbox{cursor: ^uint64(0), head: ^uint64(0)}); in.turn(0) != turnPast || in.turn(5) != turnPast {
		t.Error("the end of all numbers wraps")
	}
}

func TestInboxLogin(t *testing.T) {
	at := func(cursor, epoch uint64) inbox {
		return inbox{cursor: cursor, head: cursor, epoch: epoch, known: true}
	}
	for _, test := range []struct {
		name                string
		in                  inbox
		epoch, head, cursor uint64 // of LoginOK
		wantCursor          uint64
		verify, void        bool
	}{
		{"first login takes the server's cursor", inbox{}, 7, 50, 40, 40, false, false},
		{"first login of a new user", inbox{}, 7, 0, 0, 0, false, false},
		{"first login with a cursor of another store", inbox{}, 7, 5, 40, 40, true, true},
		{"own cursor wins", at(30, 7), 7, 50, 40, 30, true, false},
		{"in step, verified", at(50, 7), 7, 50, 40, 50, true, false},
		{"other store", at(30, 6), 7, 50, 40, 30, true, true},
		{"beyond the head", at(60, 7), 7, 50, 40, 60, true, true},
		{"nothing seen yet, other store", at(0, 6), 7, 50, 40, 0, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := test.in
			verify := in.login(test.epoch, test.head, test.cursor)
			if in.cursor != test.wantCursor || verify != test.verify || in.void != test.void {
				t.Errorf("cursor %d verify %v void %v", in.cursor, verify, in.void)
			}
			if in.behind() != (test.void || test.head > test.wantCursor) {
				t.Errorf("behind is %v", in.behind())
			}
			if in.void && in.turn(in.cursor+1) != turnPast {
				t.Error("a row of the other store was taken")
			}
		})
	}
}

func TestInboxRestartKeepsWhatItHeard(t *testing.T) {
	in := inbox{cursor: 90, head: 90, epoch: 6, known: true}
	in.login(7, 10, 0)
	in.turn(12) // committed after the server read its page
	in.restart(7, 4, 11)
	if in.cursor != 4 || in.head != 12 || in.void || !in.behind() {
		t.Errorf("%+v", in)
	}
}

func TestMarkFingerprint(t *testing.T) {
	r := row{conv: msgdef.Pair(1, 2), cseq: 3, at: 4}
	if got := (mark{row: r, saved: 9}).fingerprint(); got != msgdef.Fingerprint(r.conv, 3, 4) {
		t.Errorf("row counts first: %x", got)
	}
	if got := (mark{saved: 9}).fingerprint(); got != 9 {
		t.Errorf("saved fingerprint: %x", got)
	}
	if got := (mark{}).fingerprint(); got != 0 {
		t.Errorf("unknown row: %x", got)
	}
}
