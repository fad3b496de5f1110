package imservice

import (
	"errors"
	"sync"

	"github.com/sim-im/sim/imservice/store"
)

// lookahead finds the first row of a pair behind a cursor by going through the rows
// there, which are in no order but that of their numbers. It does so where a passage
// finds nothing, because a clock was set back or services that share a store have
// clocks that differ.
//
//	inbox  … ┃ g g g g ╎ g g p5 g g …      ┃ is the cursor, g are rows of others
//	           └ seen ─┘                   ╎ where the next one who asks goes on
//
// Rows do not change, so what was gone through is remembered: no row is read twice for
// a pair, however often somebody asks, and one call reads a bounded number.
type lookahead struct {
	store store.Store
	mu    sync.Mutex
	seen  *clockCache[readKey, stretch]
}

// stretch are rows of which none is of the pair, but for the last one if cseq is not 0.
type stretch struct {
	after, upTo uint64
	cseq        uint64
}

const (
	mostLooked    = 1 << 18 // rows that one call goes through, some 0.1 s
	mostStretches = 4096    // that are remembered, some 100 bytes each
)

func newLookahead(s store.Store) *lookahead {
	return &lookahead{store: s, seen: newClockCache[readKey, stretch](mostStretches, nil)}
}

// find returns the cseq of the first row of a pair behind a cursor in the inbox of one
// of its two, which ends at newest; 0 when there is none. known is false when there are
// more rows than one call goes through, or they were dropped meanwhile: the next call
// goes on.
func (l *lookahead) find(of readKey, cursor, newest uint64) (cseq uint64, known bool, err error) {
	s := l.begun(of, cursor)
	if s.cseq == 0 && s.upTo < newest {
		to := s.upTo + min(newest-s.upTo, mostLooked)
		row, err := l.store.InboxNext(of.uid, of.conv, s.upTo, to)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return 0, false, err
		}
		if s.upTo, s.cseq = to, 0; err == nil {
			s.upTo, s.cseq = row.USeq, row.CSeq
		}
		floor, err := l.store.InboxFloor(of.uid)
		if err != nil || floor > cursor {
			return 0, false, err
		}
		l.note(of, s)
	}
	return s.cseq, s.cseq != 0 || s.upTo >= newest, nil
}

// begun returns what is known of the rows behind a cursor.
func (l *lookahead) begun(of readKey, cursor uint64) stretch {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.seen.get(of)
	if s == nil || cursor < s.after || cursor > s.upTo || cursor == s.upTo && s.cseq != 0 {
		return stretch{after: cursor, upTo: cursor}
	}
	return *s
}

// note remembers a stretch, in the place of the one before.
func (l *lookahead) note(of readKey, s stretch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.seen.get(of); known != nil {
		*known = s
		return
	}
	l.seen.add(of, s)
}
