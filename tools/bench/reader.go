package bench

import (
	"context"
	"time"

	"github.com/sim-im/sim/gate/client"
)

const (
	pageSize  = 50  // messages of a page that a client looks at
	auditSize = 512 // most that the server may be asked for
)

// readBack reads the newest page of m's conversation, which has everything m
// knows of, without holes.
func (f *mixed) readBack(ctx context.Context, m *member, pages *shard) error {
	known := m.newest()
	began := time.Now()
	page, err := m.page(ctx, 0, pageSize)
	if err != nil {
		return err
	}
	now := time.Now()
	pages.record(now, now.Sub(began))
	var broken Integrity
	if page.Head < known {
		broken.Lost = known - page.Head
	}
	if n := len(page.Messages); n > 0 && page.Messages[n-1].CSeq != page.Head {
		broken.Gaps++
	}
	for i := 1; i < len(page.Messages); i++ {
		if page.Messages[i].CSeq != page.Messages[i-1].CSeq+1 {
			broken.Gaps++
		}
	}
	f.broke(broken)
	return nil
}

// page reads of m's conversation. A server that does not answer is an error.
func (m *member) page(ctx context.Context, before uint64, limit int) (client.History, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, settleWithin, errSilent)
	defer cancel()
	page, err := m.client.History(ctx, m.conv, before, limit)
	return page, because(ctx, err)
}

// newest returns the greatest place in the conversation that m has seen.
func (m *member) newest() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tally.cseqs.next - 1
}

// audit reads the conversations from their beginning when all is quiet. What
// was acknowledged is stored, once and in order.
func (f *mixed) audit(ctx context.Context) error {
	for i := 0; i < len(f.members); i += 2 {
		a, b := f.members[i], f.members[i+1]
		stored, err := wholeHistory(ctx, a)
		if err != nil {
			return err
		}
		_, ackedA, _ := a.settled()
		_, ackedB, _ := b.settled()
		f.broke(auditPair(stored, a.client.UID(), ackedA, ackedB))
	}
	return nil
}

// wholeHistory returns m's conversation, ascending by CSeq.
func wholeHistory(ctx context.Context, m *member) (all []*client.Message, err error) {
	for before := uint64(0); ; {
		page, err := m.page(ctx, before, auditSize)
		if err != nil || len(page.Messages) == 0 {
			return all, err
		}
		all = append(page.Messages, all...)
		if before = page.Messages[0].CSeq; before <= 1 {
			return all, nil
		}
	}
}

// auditPair compares what is stored with what first, a user, and the other
// user were told is stored.
func auditPair(stored []*client.Message, first uint64, ackedFirst, ackedOther uint64) (broken Integrity) {
	var cseqs, ofFirst, ofOther sequence
	for _, s := range []*sequence{&cseqs, &ofFirst, &ofOther} {
		s.startAt(1)
	}
	for _, m := range stored {
		cseqs.add(m.CSeq)
		number, _, err := parseBody(m.Body)
		switch {
		case err != nil:
			broken.Malformed++
		case m.From == first:
			ofFirst.add(number)
		default:
			ofOther.add(number)
		}
	}
	broken.Gaps = cseqs.holes()
	broken.Lost = ofFirst.absent(ackedFirst) + ofOther.absent(ackedOther)
	broken.Duplicated = cseqs.duplicated + ofFirst.duplicated + ofOther.duplicated
	broken.Disordered = ofFirst.disordered + ofOther.disordered
	return broken
}
