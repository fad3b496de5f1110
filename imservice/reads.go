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
	items []rpc.Read // with positions that are durable
	codes []msgdef.ErrorCode
	done  chan struct{}
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
		items: append([]rpc.Read(nil), batch.Items...),
		codes: make([]msgdef.ErrorCode, len(batch.Items)),
		done:  make(chan struct{}),
	}
	for i := range call.items {
		code, err := s.checkRead(&call.items[i])
		if err != nil {
			return nil, s.failure(err)
		}
		call.codes[i] = code
	}
	if err := s.intake.offerRead(call); err != nil {
		return nil, err
	}
	select {
	case <-call.done:
		return call.results(), nil
	case <-ctx.Done():
		return nil, errDeadline
	}
}

// checkRead checks membership and bounds the position.
func (s *Server) checkRead(r *rpc.Read) (msgdef.ErrorCode, error) {
	if code := checkMember(r.Conv, r.UID); code != msgdef.CodeOK {
		return code, nil
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
		raised, err := q.heads.reads.raise(&b.claims, readKey{r.UID, r.Conv}, r.CSeq)
		switch {
		case err != nil:
			call.codes[i] = q.codeOf(err)
		case raised:
			b.commit.Reads = append(b.commit.Reads, store.ReadRow{UID: r.UID, Conv: r.Conv, CSeq: r.CSeq})
		}
	}
}

// checkMember tells whether uid may see conv. Membership of a pair is in its
// name; groups do not exist yet.
func checkMember(conv msgdef.Conversation, uid uint64) msgdef.ErrorCode {
	if _, _, ok := msgdef.PairMembers(conv); !ok {
		return msgdef.CodeUnknownConversation
	}
	if _, ok := msgdef.Peer(conv, uid); !ok {
		return msgdef.CodeForbidden
	}
	return msgdef.CodeOK
}
