package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostDoubted is how many users who left are remembered of a group in doubt; when
// there are more everybody is checked once more.
const mostDoubted = 64 << 10

// doubt is what was heard of a group while it is not known who of those who watch it
// still are members: changes follow one another by Was and Gone, and one is missing.
//
//	gone ──▶ … missing … ──▶ Was──Gone ──▶ Was──Gone
//	                                ▲ the least that all were checked as of
//	                                └─ from here on the changes that were heard are
//	                                   enough, if they follow one another
type doubt struct {
	cseq    uint64 // of the newest message
	gone    uint64 // the newest change
	changes []change
	users   int // in changes
}

// change is one by which users ceased to be members.
type change struct {
	was, gone uint64
	left      []uint64
}

// hear notes what a message says, which is not delivered.
func (d *doubt) hear(t *rpc.Topic) {
	d.cseq, d.gone = max(d.cseq, t.CSeq), max(d.gone, t.Gone)
	if t.Gone == t.Was || d.users+len(t.Left) > mostDoubted {
		return
	}
	d.users += len(t.Left)
	d.changes = append(d.changes, change{was: t.Was, gone: t.Gone, left: slices.Clone(t.Left)})
}

// question stops delivering to a, and has everybody checked. a.mu is held.
func (t *audiences) question(a *audience) *doubt {
	a.doubt = new(doubt)
	t.gate.counts.doubts.Add(1)
	t.doubtful.add(a) // there is room: each is in it once
	return a.doubt
}

// serveDoubts checks who watches groups in doubt, one group after the other. Those
// about which not enough could be learnt take their turn again.
func (t *audiences) serveDoubts(list []*audience) {
	var again []*audience
	for _, a := range list {
		if !t.check(a) {
			again = append(again, a)
		}
	}
	if len(again) > 0 && t.gate.pause(t.gate.times.Retry) {
		t.doubtful.add(again...)
	}
}

// check asks about everybody. It returns false when that was not enough.
func (t *audiences) check(a *audience) bool {
	conns := a.suspects()
	for part := range slices.Chunk(conns, callItems) {
		batch := &rpc.Watches{Items: make([]rpc.Watch, len(part))}
		for i, c := range part {
			batch.Items[i] = rpc.Watch{UID: c.uid, Conv: a.conv}
		}
		replies, err := t.ask(batch)
		if err != nil {
			return false
		}
		t.checked(a, part, replies)
	}
	sp := t.gate.spread()
	defer sp.done()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settle(sp)
}

// suspects returns everybody, of whom nothing is known any more. What was heard
// before is behind any answer from now on.
func (a *audience) suspects() []*conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.doubt == nil {
		return nil
	}
	a.doubt.changes, a.doubt.users = nil, 0
	a.ahead = nil
	return slices.Clone(a.conns)
}

// checked takes answers about some who watch a.
func (t *audiences) checked(a *audience, conns []*conn, replies *rpc.WatchReplies) {
	sp := t.gate.spread()
	defer sp.done()
	a.mu.Lock()
	defer a.mu.Unlock()
	none := make(map[*conn]msgdef.ErrorCode)
	for i, c := range conns {
		switch r := &replies.Items[i]; r.Code {
		case msgdef.CodeOK:
			a.note(c, checked{head: r.Head, gone: r.Gone})
		default:
			none[c] = r.Code
		}
	}
	a.drop(func(c *conn) bool {
		code, is := none[c]
		if is {
			a.dismiss(sp, c, code, a.doubt.newest())
		}
		return is
	})
}

// newest returns the cseq that was heard of; 0 for no doubt.
func (d *doubt) newest() uint64 {
	if d == nil {
		return 0
	}
	return d.cseq
}

// settle ends the doubt, if the answers and what was heard meanwhile tell who is a
// member, and has everybody pull what was held back. a.mu is held.
func (a *audience) settle(sp *spread) bool {
	d := a.doubt
	if a.over || d == nil {
		return true
	}
	gone, head, known := a.least(d)
	if !known {
		return false
	}
	slices.SortFunc(d.changes, func(a, b change) int { return cmp.Compare(a.gone, b.gone) })
	for _, ch := range d.changes {
		if ch.gone <= gone {
			continue
		}
		if ch.was != gone {
			return false
		}
		a.leave(sp, ch.left, ch.gone)
		gone = ch.gone
	}
	if gone < d.gone {
		return false
	}
	a.gone, a.doubt = gone, nil
	a.announce(sp, head)
	a.catchUp()
	return true
}

// least returns the change that everybody was checked as of, and the newest message
// that was heard of. known is false when somebody was not checked. a.mu is held.
func (a *audience) least(d *doubt) (gone, head uint64, known bool) {
	gone, head = math.MaxUint64, d.cseq
	for _, c := range a.conns {
		at, ok := a.ahead[c]
		switch {
		case ok:
			gone, head = min(gone, at.gone), max(head, at.head)
		case !c.ending():
			return 0, 0, false
		}
	}
	if gone == math.MaxUint64 { // there is nobody
		gone = d.gone
	}
	return gone, head, true
}

// headFrame returns a ConvHead as it stands in an outbox.
func headFrame(conv msgdef.Conversation, cseq uint64) []byte {
	return frame.Append(nil, &msgdef.ConvHead{Conv: conv, CSeq: cseq})
}
