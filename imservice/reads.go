package imservice

import (
	"context"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// readCall is a Read on its way through a commit. The pipeline owns it until
// done is closed.
type readCall struct {
	items  []rpc.Read // with positions that are durable
	codes  []msgdef.ErrorCode
	raised []bool // whether the position is new
	marked []bool // whether the conversation was marked unread, see unmark; nil for none
	done   chan struct{}
}

func (c *readCall) fail(code msgdef.ErrorCode) {
	for i := range c.codes {
		if c.codes[i] == msgdef.CodeOK {
			c.codes[i] = code
		}
	}
}

func (c *readCall) results() *rpc.ReadResults {
	r := &rpc.ReadResults{Items: make([]rpc.ReadResult, len(c.items))}
	for i := range r.Items {
		r.Items[i] = rpc.ReadResult{Code: c.codes[i], CSeq: c.items[i].CSeq}
	}
	return r
}

// Read implements rpc.Messages. A position beyond the durable head counts as
// the head.
func (s *Server) Read(ctx context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	if err := s.enter(ctx, len(batch.Items), maxCommit); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.writable(); err != nil {
		return nil, err
	}
	call := &readCall{
		items:  append([]rpc.Read(nil), batch.Items...),
		codes:  make([]msgdef.ErrorCode, len(batch.Items)),
		raised: make([]bool, len(batch.Items)),
		done:   make(chan struct{}),
	}
	for i := range call.items {
		code, err := s.checkRead(&call.items[i])
		if err != nil {
			return nil, s.failure(err)
		}
		call.codes[i] = code
	}
	if err := s.lookForMarks(call); err != nil {
		return nil, s.failure(err)
	}
	if err := s.intake.offerRead(call); err != nil {
		return nil, err
	}
	select {
	case <-call.done:
		return s.audience(call, call.results()), nil
	case <-ctx.Done():
		return nil, errDeadline
	}
}

// maxHearers is how many hear of a batch of positions at most, see
// rpc.ReadResults.
const maxHearers = 65536

// audience adds to results which members of groups are to hear of them. Nobody
// has to hear: who cannot be looked up now is left out, and history tells them.
func (s *Server) audience(call *readCall, results *rpc.ReadResults) *rpc.ReadResults {
	for i := range results.Items {
		r := &call.items[i]
		if _, ok := msgdef.GroupID(r.Conv); !ok || !call.raised[i] || call.codes[i] != msgdef.CodeOK {
			continue
		}
		people, err := s.hearers(r.Conv)
		if err != nil {
			s.options.Logger.Warn("members of a group are not told what was read", "err", err)
			continue
		}
		for _, m := range people {
			if m.Role >= msgdef.RoleMember && m.UID != r.UID && len(results.Tell) < maxHearers {
				results.Tell = append(results.Tell, rpc.Hearer{Item: uint32(i), UID: m.UID})
			}
		}
	}
	results.Quiet = s.quiet(len(call.items), func(i int) (msgdef.Conversation, uint64) { return call.items[i].Conv, call.items[i].UID })
	return results
}

// hearers returns who is in a group, if it is not big: who of so many has read what
// is for those who ask.
func (s *Server) hearers(conv msgdef.Conversation) ([]msgdef.GroupMember, error) {
	g, err := s.options.Store.Group(conv)
	if err != nil || g.Big != 0 {
		return nil, err
	}
	return s.options.Store.Members(nil, conv, 0, mostKnown)
}

// checkRead checks membership and bounds the position.
func (s *Server) checkRead(r *rpc.Read) (msgdef.ErrorCode, error) {
	if _, ok := msgdef.StreamOwner(r.Conv); ok {
		return msgdef.CodeBadArgument, nil
	}
	if _, code, err := s.reader(r.Conv, r.UID); err != nil || code != msgdef.CodeOK {
		return code, err
	}
	head, err := s.heads.conversations.durable(r.Conv)
	r.CSeq = min(r.CSeq, head)
	return msgdef.CodeOK, err
}

// mark merges the positions of a call into the commit of b. A position that is
// not above the one known needs no row, only that the known one is durable.
func (q *sequencer) mark(b *batch, call *readCall) {
	for i := range call.items {
		r := &call.items[i]
		if call.codes[i] != msgdef.CodeOK || r.CSeq == 0 {
			continue
		}
		raised, err := q.ground != nil, error(nil) // a shared store compares by itself, and looks who was removed
		if q.ground == nil {
			err = q.present(r.UID)
		}
		if q.ground == nil && err == nil {
			raised, err = q.heads.reads.raise(&b.claims, readKey{r.UID, r.Conv}, r.CSeq)
		}
		if err == nil && call.marked != nil && call.marked[i] {
			err = q.unmark(b, r)
		}
		switch {
		case err != nil:
			call.codes[i] = q.codeOf(err)
		case raised:
			call.raised[i] = true
			b.commit.Reads = append(b.commit.Reads, store.ReadRow{UID: r.UID, Conv: r.Conv, CSeq: r.CSeq})
		}
	}
}

// checkMember tells whether conv is a pair that uid belongs to.
func checkMember(conv msgdef.Conversation, uid uint64) msgdef.ErrorCode {
	if _, ok := msgdef.StreamOwner(conv); ok {
		return msgdef.CodeForbidden
	}
	if _, _, ok := msgdef.PairMembers(conv); !ok {
		return msgdef.CodeUnknownConversation
	}
	if _, ok := msgdef.Peer(conv, uid); !ok {
		return msgdef.CodeForbidden
	}
	return msgdef.CodeOK
}
