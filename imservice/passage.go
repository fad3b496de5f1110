package imservice

import (
	"errors"
	"sort"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// A passage is where a cursor has passed a pair in the inbox of one of its two. Each
// message of the pair has a row there, by ascending cseq, but nothing says which:
//
//	inbox  … p4 g g … g ┃ g g … g p5 g g …      ┃ is the cursor, p the pair, g anything else
//	time   … 71 72       83        91 91         of the messages
//
// Both the pair and the inbox are sorted by time as long as no clock is set back, so
// the message with the first time behind the cursor's is guessed, and its row looked
// for at its time. The rows of it and of the one before prove the answer; without them
// it is not known. It costs the same for a million rows as for a thousand.
type passage struct {
	store  store.Store
	uid    uint64
	conv   msgdef.Conversation
	cursor uint64 // at most newest
	newest uint64
	head   uint64
}

const (
	mostBeside = 128 // rows at about one time that are looked through for one of a pair
	mostSteps  = 16  // from a guess to the answer, over messages of about the same time
)

// errUnordered says that a row is not where it is looked for.
var errUnordered = errors.New("imservice: an inbox is not in the order of time")

// find returns up to which cseq the cursor has passed the pair, if that is known.
func (p *passage) find() (cseq uint64, known bool, err error) {
	cseq, err = p.search()
	if errors.Is(err, errUnordered) || errors.Is(err, store.ErrNotFound) { // dropped meanwhile, or before
		return 0, false, nil
	}
	return cseq, err == nil, err
}

func (p *passage) search() (uint64, error) {
	at, err := p.rowAt(p.cursor)
	if err != nil {
		return 0, err
	}
	floor, err := p.store.ConversationFloor(p.conv)
	if err != nil {
		return 0, err
	}
	cseq := floor.CSeq
	more, err := firstWhere(p.head-min(floor.CSeq, p.head), func(i uint64) (bool, error) {
		m, err := message(p.store, p.conv, floor.CSeq+1+i)
		return m.At > at, err
	})
	if err != nil {
		return 0, err
	}
	cseq += more // the last one that is not behind the time of the cursor
	for range mostSteps {
		has, next := true, false
		if cseq > floor.CSeq {
			has, err = p.has(cseq)
		}
		if err == nil && has && cseq < p.head {
			next, err = p.has(cseq + 1)
		}
		switch {
		case err != nil:
			return 0, err
		case !has:
			cseq--
		case next:
			cseq++
		default:
			return cseq, nil
		}
	}
	return 0, errUnordered
}

// has tells whether the cursor has passed a message of the pair.
func (p *passage) has(cseq uint64) (bool, error) {
	m, err := message(p.store, p.conv, cseq)
	if err != nil {
		return false, err
	}
	floor, err := p.store.InboxFloor(p.uid)
	if err != nil {
		return false, err
	}
	first, err := firstWhere(p.newest-min(floor, p.newest), func(i uint64) (bool, error) {
		at, err := p.rowAt(floor + 1 + i)
		return at >= m.At, err
	})
	if err != nil {
		return false, err
	}
	rows, err := p.rows(floor+first, mostBeside)
	for i := range rows {
		if rows[i].CSeq == cseq && rows[i].Conv == p.conv {
			return rows[i].USeq <= p.cursor, err
		}
	}
	return false, errors.Join(err, errUnordered)
}

// rowAt returns when the message of a row was sent, or, where that is kept no longer,
// that of the next row that has one.
func (p *passage) rowAt(useq uint64) (int64, error) {
	for _, limit := range []int{1, mostBeside} {
		rows, err := p.rows(useq-1, limit)
		if err != nil {
			return 0, err
		}
		for i := range rows {
			if rows[i].Bytes != nil {
				var m msgdef.Message
				err := m.DecodeAlias(rows[i].Bytes)
				return m.At, err
			}
		}
	}
	return 0, errUnordered
}

// rows returns some that follow one.
func (p *passage) rows(after uint64, limit int) ([]store.InboxEntry, error) {
	return p.store.Inbox(nil, p.uid, after, p.newest, limit, mostBeside*msgdef.MaxStored)
}

// firstWhere returns the least of n numbers from 0 on where something is so, which is
// so of all that follow; n if it is nowhere.
func firstWhere(n uint64, is func(i uint64) (bool, error)) (uint64, error) {
	var failed error
	i := sort.Search(int(n), func(i int) bool {
		so, err := is(uint64(i))
		failed = errors.Join(failed, err)
		return so || failed != nil
	})
	return uint64(i), failed
}
