package imservice

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// ground is what a commit to a shared store is built on, in the place of heads
// and marks: other services write too, so what was true for the commit before
// counts for nothing. The store is asked about everything in a batch at once, and
// keeps the others away until the commit is there. It belongs to the sequencer.
type ground struct {
	store store.Shared
	store.Ground
	used   *usedNames
	before []rpc.SendResult // of the batch, as the intake left them
	groups map[msgdef.Conversation]*group
}

// Others may be in the way of a commit, rarely several times: then it is built
// anew, at most so often, after a pause of random length.
const (
	mostBuilds = 10
	buildPause = 10 * time.Millisecond
)

// commitShared builds and applies b until nobody is in the way, or answers it
// with errors. After an error nothing is wrong for good: when it is not known
// whether the commit is there, a repeated send finds out.
func (q *sequencer) commitShared(b *batch) {
	g := q.ground
	g.before = append(g.before[:0], b.results...)
	var err error
	for build := range mostBuilds {
		if err = q.attempt(b); !errors.Is(err, store.ErrMoved) {
			break
		}
		q.outbox.forget(b.commit.Outbox)
		b.unbuild(g.before)
		for i := range b.items {
			g.used.doubt(&b.items[i])
		}
		time.Sleep(rand.N(buildPause << min(build, 5)))
	}
	if err != nil {
		q.refuse(b, err)
	}
}

// attempt builds and applies b once.
func (q *sequencer) attempt(b *batch) error {
	g := q.ground
	defer g.store.Unlock() // after Apply it does nothing
	now := q.now()
	if g.ask(b, now) {
		if err := g.store.Lock(&g.Ground); err != nil {
			return err
		}
		g.used.learn(&g.Ground, now)
	}
	defer q.carrying.release()
	g.used.begin()
	q.build(b)
	if b.commit.Empty() {
		return nil
	}
	pending, err := g.store.Apply(&b.commit)
	if err == nil {
		b.pending = pending
		g.used.commit()
	}
	return err
}

// ask gathers what has to be known for b, and tells whether that is anything.
func (g *ground) ask(b *batch, now time.Time) bool {
	g.Users, g.Conversations, g.Sends = g.Users[:0], g.Conversations[:0], g.Sends[:0]
	g.Named, g.People, g.Senders, g.Authors = g.Named[:0], g.People[:0], g.Senders[:0], g.Authors[:0]
	clear(g.groups)
	for i := range b.items {
		if b.results[i].Code != msgdef.CodeOK {
			continue
		}
		it := &b.items[i]
		if peer, ok := msgdef.Peer(it.Conv, it.UID); ok {
			g.Users = append(g.Users, it.UID, peer)
		} else if asked, ok := blockIn(it); ok {
			g.Users = append(g.Users, it.UID, asked.UID)
			g.Conversations = append(g.Conversations, msgdef.Pair(it.UID, asked.UID))
		} else {
			askGroup(&g.Ground, it)
		}
		g.Conversations = append(g.Conversations, it.Conv)
		g.used.ask(&g.Ground, nameOf(it), now)
	}
	for _, e := range b.errands {
		e.about(&g.Ground)
	}
	for _, call := range b.reads {
		g.Users = append(g.Users, call.unmarking()...)
	}
	g.Users, g.Named = distinct(g.Users, cmp.Compare), distinct(g.Named, cmp.Compare)
	g.Authors = distinct(g.Authors, cmp.Compare)
	g.Conversations = distinct(g.Conversations, compareConvs)
	g.People = distinct(g.People, compareMembers)
	g.Sends = distinct(g.Sends, compareSends)
	g.Senders = distinct(g.Senders, func(a, b store.Sender) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Device, b.Device))
	})
	return len(g.Conversations)+len(g.Users) > 0
}

// askGroup gathers what has to be known for a message of a group. Who says something
// in a big one has no row of an inbox in the commit, and in a small one has it as a member.
func askGroup(g *store.Ground, it *rpc.Send) {
	askMembers(g, it.Conv, it.UID)
	if it.Kind < msgdef.FirstEvent {
		g.Authors = append(g.Authors, it.UID)
		named := mentions(it)
		g.Named = append(g.Named, named...)
		askMembers(g, it.Conv, named...)
		return
	}
	g.Users = append(g.Users, it.UID)
	if change, err := changeIn(it); err == nil && change != nil {
		g.Users = append(g.Users, change.UIDs...)
		askMembers(g, it.Conv, change.UIDs...)
	}
}

func askMembers(g *store.Ground, conv msgdef.Conversation, uids ...uint64) {
	for _, uid := range uids {
		g.People = append(g.People, store.MemberName{Conv: conv, UID: uid})
	}
}

func compareConvs(a, b msgdef.Conversation) int { return slices.Compare(a[:], b[:]) }

func compareSends(a, b store.SendName) int {
	return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Counter, b.Counter))
}

func compareMembers(a, b store.MemberName) int {
	return cmp.Or(compareConvs(a.Conv, b.Conv), cmp.Compare(a.UID, b.UID))
}

// distinct sorts a list and drops what is in it twice.
func distinct[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}

func sendName(it *rpc.Send) store.SendName {
	return store.SendName{UID: it.UID, Device: it.Device, Counter: it.Counter}
}

// repeated is dedupe.repeated.
func (g *ground) repeated(b *batch, i int) (bool, error) {
	it := &b.items[i]
	if j, ok := b.find(nameOf(it), i); ok {
		answer(&b.results[i], b.results[j], sameSend(it, &b.items[j]))
		return true, nil
	}
	row, ok := g.Repeated[sendName(it)]
	if !ok && it.Counter <= g.Oldest[store.Sender{UID: it.UID, Device: it.Device}] {
		return false, errExpiredName
	}
	if !ok {
		return false, nil
	}
	return true, answerStored(g.store, row, it, &b.results[i])
}

// refused returns why an item becomes no message. One that was not asked about may
// repeat an earlier send, and is allowed only once: who joins is a member from then on.
func (g *ground) refused(it *rpc.Send, result *rpc.SendResult, why error) error {
	if _, asked := slices.BinarySearchFunc(g.Sends, sendName(it), compareSends); asked {
		return why
	}
	g.used.doubt(it)
	row, err := g.store.Sent(it.UID, it.Device, it.Counter)
	if errors.Is(err, store.ErrNotFound) {
		return why
	}
	if err != nil {
		return err
	}
	return answerStored(g.store, row, it, result)
}

// knows tells whether all of these users have an account.
func (g *ground) knows(uids ...uint64) bool {
	for _, uid := range uids {
		if _, ok := g.Heads[uid]; !ok {
			return false
		}
	}
	return true
}

// claimInbox is sequencer.claimInbox.
func (g *ground) claimInbox(uid uint64) uint64 {
	g.Heads[uid]++
	return g.Heads[uid]
}

// claimMessage is sequencer.claimMessage.
func (g *ground) claimMessage(it *rpc.Send, now int64, s *sequences) {
	newest := g.Newest[it.Conv]
	s.cseq, s.at, s.count = newest.CSeq+1, max(now, newest.At), newest.Count
	if it.Kind < msgdef.FirstEvent {
		s.count++
	}
	g.Newest[it.Conv] = store.ConversationHead{CSeq: s.cseq, At: s.at, Count: s.count, Bars: newest.Bars, Keep: newest.Keep}
}

// group is groups.get.
func (g *ground) group(conv msgdef.Conversation) *group {
	if g.groups == nil {
		g.groups = make(map[msgdef.Conversation]*group)
	}
	known := g.groups[conv]
	if known == nil {
		known = newGroup(conv, g.Groups[conv])
		known.asked = g.asked
		g.groups[conv] = known
	}
	return known
}

// asked tells whether the store was asked what a user is in a group.
func (g *ground) asked(conv msgdef.Conversation, uid uint64) bool {
	_, ok := slices.BinarySearchFunc(g.People, store.MemberName{Conv: conv, UID: uid}, compareMembers)
	return ok
}

// unbuild takes back what build did with a batch whose items had those results.
func (b *batch) unbuild(before []rpc.SendResult) {
	copy(b.results, before)
	clear(b.fresh)
	b.indexed = 0
	b.commit.Reset()
	b.unnotice()
}
