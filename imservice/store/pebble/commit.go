package pebble

import (
	"errors"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// maxKeptBatch is the largest batch, in bytes, whose memory is kept for the
// next one.
const maxKeptBatch = 8 << 20

// Apply implements store.Log. Until the engine takes the batch nothing is
// done, and an error that is ErrFull then may pass; every later one is final.
func (s *Store) Apply(c *store.Commit) (store.Pending, error) {
	if err := s.enterToWrite(); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	batch := s.db.NewBatchWithSize(batchSize(c), s.keep)
	appendCommit(batch, c)
	if err := s.setFloors(batch, c); err != nil {
		return nil, errors.Join(err, batch.Close())
	}
	if err := s.commit(func() error { return s.db.ApplyNoSyncWait(batch, engine.Sync) }); err != nil {
		return nil, err
	}
	if err := s.cond.err(); err != nil {
		_ = batch.SyncWait() // the engine holds the batch until then
		return nil, err
	}
	p, _ := s.pendings.Get().(*pending)
	if p == nil {
		p = new(pending)
	}
	p.store, p.batch = s, batch
	return p, nil
}

// pending is a batch that the engine's log has taken. It is reused after Wait.
type pending struct {
	store *Store
	batch *engine.Batch
}

// Wait implements store.Pending. The engine does not see failed writes of its
// log, see disk; so the condition has the last word, and a commit that became
// durable just before the disk broke may be reported as lost.
func (p *pending) Wait() error {
	s, batch := p.store, p.batch
	err := batch.SyncWait()
	if why := s.cond.err(); why != nil {
		err = why
	}
	if err != nil {
		s.cond.fail(err)
		return err
	}
	batch.Close()
	p.batch = nil
	s.pendings.Put(p)
	return nil
}

// appendCommit adds the rows of a commit to a batch, in place.
func appendCommit(batch *engine.Batch, c *store.Commit) {
	for i := range c.Messages {
		setMessage(batch, &c.Messages[i])
	}
	for i := range c.Inbox {
		setInbox(batch, &c.Inbox[i])
	}
	for i := range c.Sent {
		setSent(batch, &c.Sent[i])
	}
	for i := range c.Reads {
		setRead(batch, &c.Reads[i])
	}
	for i := range c.Outbox {
		setOutbox(batch, &c.Outbox[i])
	}
	for i := range c.Groups {
		setGroup(batch, &c.Groups[i])
	}
	for i := range c.Members {
		setMember(batch, &c.Members[i])
	}
	for i := range c.Talks {
		setTalk(batch, &c.Talks[i])
	}
	for i := range c.Reactions {
		setReaction(batch, &c.Reactions[i])
	}
	for i := range c.Pins {
		setPin(batch, &c.Pins[i])
	}
	for i := range c.Expiries {
		setExpiry(batch, &c.Expiries[i])
	}
	for i := range c.Settings {
		setSetting(batch, &c.Settings[i])
	}
	for i := range c.Hidden {
		setHidden(batch, &c.Hidden[i])
	}
	for i := range c.Carried {
		setCarried(batch, &c.Carried[i])
	}
	for i := range c.Laters {
		setLater(batch, &c.Laters[i])
	}
	for i := range c.Relations {
		setRelation(batch, &c.Relations[i])
	}
	for i := range c.Tallies {
		setTally(batch, &c.Tallies[i])
	}
	for i := range c.Bars {
		setBars(batch, &c.Bars[i])
	}
	for i := range c.Profiles {
		setProfile(batch, &c.Profiles[i])
	}
	if batch.Empty() {
		// An empty commit still becomes durable after those before it.
		batch.LogData(nil, nil)
	}
}

// batchSize returns the bytes a commit needs in a batch, so that its memory
// grows at most once. rowOverhead covers kind, lengths and rounding of a row.
func batchSize(c *store.Commit) int {
	const header, rowOverhead = 12, 8
	size := header +
		len(c.Messages)*(messageKeySize+rowOverhead) +
		len(c.Inbox)*(inboxKeySize+pointerSize+rowOverhead) +
		len(c.Sent)*(sentKeySize+sentSize+rowOverhead) +
		len(c.Reads)*(readKeySize+numberSize+rowOverhead) +
		len(c.Outbox)*(outboxKeySize+outboxNamed+rowOverhead) +
		len(c.Members)*(memberKeySize+memberSize+rowOverhead) +
		len(c.Talks)*(talkKeySize+rowOverhead) +
		len(c.Reactions)*(reactionKeySize+emojiSize+rowOverhead) +
		len(c.Pins)*(pinKeySize+rowOverhead) +
		len(c.Expiries)*(expiryKeySize+rowOverhead) +
		len(c.Hidden)*(2*hiddenKeySize+rowOverhead) +
		len(c.Carried)*(carriedKeySize+mediaKeySize+numberSize+2*rowOverhead)
	size += len(c.Tallies)*(tallyKeySize+tallySize+rowOverhead) + len(c.Bars)*(barsKeySize+1+rowOverhead)
	for i := range c.Relations {
		size += relationKeySize + c.Relations[i].Size() + rowOverhead
	}
	for i := range c.Profiles {
		size += profileKeySize + c.Profiles[i].Size() + 2*foundFixed + len(c.Profiles[i].Was) + len(c.Profiles[i].Profile.Name) + 3*rowOverhead
	}
	for i := range c.Settings {
		size += settingKeySize + c.Settings[i].Size() + rowOverhead
	}
	for i := range c.Laters {
		size += laterKeySize + laterAtKeySize + numberSize + len(c.Laters[i].Bytes) + 2*rowOverhead
	}
	for i := range c.Groups {
		size += groupKeySize + c.Groups[i].Size() + len(c.Groups[i].Was) + len(c.Groups[i].Info.Name) + 64
	}
	for i := range c.Messages {
		size += len(c.Messages[i].Bytes)
	}
	return size
}
