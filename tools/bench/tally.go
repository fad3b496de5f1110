package bench

// tally is what one member of a pair saw. The lock of the member guards it.
type tally struct {
	sent      uint64   // number of the newest message
	acked     uint64   // acknowledged, whenever
	refused   uint64   // answered with an error
	partner   sequence // numbers in the partner's bodies
	cseqs     sequence // of the pair's conversation, as this client saw it
	useqs     sequence // of this client's inbox
	malformed uint64   // bodies nobody here wrote
}

func newTally() *tally {
	t := new(tally)
	// The accounts are new, so every sequence begins with 1.
	for _, s := range []*sequence{&t.partner, &t.cseqs, &t.useqs} {
		s.startAt(1)
	}
	return t
}

// saw notes the sequences of a message or an acknowledgement.
func (t *tally) saw(cseq, useq uint64) {
	t.cseqs.add(cseq)
	t.useqs.add(useq)
}

// compare says what two members that wrote to each other show when all is
// quiet.
func compare(a, b *tally) (sum Integrity) {
	for _, side := range [][2]*tally{{a, b}, {b, a}} {
		t, partner := side[0], side[1]
		sum.add(Integrity{
			Lost:       t.partner.absent(partner.acked),
			Duplicated: t.partner.duplicated + t.cseqs.duplicated + t.useqs.duplicated,
			Disordered: t.partner.disordered,
			Gaps:       t.cseqs.holes() + t.useqs.holes(),
			Refused:    t.sent - t.acked,
			Malformed:  t.malformed,
		})
	}
	return sum
}
