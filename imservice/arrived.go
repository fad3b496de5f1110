package imservice

import (
	"context"
	"errors"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// That a message of a pair was delivered is kept nowhere: it follows from the cursor of
// the receiver's device, which a gate saves when it has moved, once a second at most.
//
//	inbox of the receiver   … 7 8 9 ┃ 10 11 12        ┃ is the cursor, 10 to 12 are not acknowledged
//	                                   └ of the pair, cseq 5: 4 was delivered
//
// So nobody can say of what they were not given that they have it, and a message costs
// no write. Of what a cursor has passed the newest rows are looked at, so much is told
// at once; who asks for the conversation learns the rest.
const (
	mostArrived   = 16  // rows that one cursor has passed
	mostDelivered = 128 // rows behind a cursor, to find one of a pair among
	mostArrivals  = 65536
)

// Arrived implements rpc.Messages.
func (s *Server) Arrived(ctx context.Context, batch *rpc.Cursors) (*rpc.Arrivals, error) {
	if err := s.enter(ctx, len(batch.Items), maxCommit); err != nil {
		return nil, err
	}
	defer s.leave()
	rows, err := s.cursorRows(batch)
	arrived := new(rpc.Arrivals)
	for i := 0; i < len(rows) && err == nil; i++ {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		arrived.Items, err = s.arrived(arrived.Items, &rows[i])
	}
	if err == nil {
		err = s.devices.save(rows)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	arrived.Items = s.spare(arrived.Items)
	arrived.Items = arrived.Items[:min(len(arrived.Items), mostArrivals)]
	return arrived, nil
}

// spare leaves out what those are not to hear of who block the receiver.
func (s *Server) spare(list []rpc.Arrival) []rpc.Arrival {
	quiet := s.quiet(len(list), func(i int) (msgdef.Conversation, uint64) { return list[i].Conv, list[i].UID })
	for _, i := range slices.Backward(quiet) {
		list = slices.Delete(list, int(i), int(i)+1)
	}
	return list
}

// arrived appends what others have sent to a pair and a cursor has passed, the newest
// of each pair.
func (s *Server) arrived(list []rpc.Arrival, row *store.DeviceRow) ([]rpc.Arrival, error) {
	saved, err := s.options.Store.Cursor(row.UID, row.Device)
	if err != nil || saved.Cursor >= row.Cursor {
		if errors.Is(err, store.ErrNotFound) { // a device that nobody knows has been given nothing
			err = nil
		}
		return list, err
	}
	after := max(saved.Cursor, row.Cursor-min(row.Cursor, mostArrived))
	entries, err := s.options.Store.Inbox(nil, row.UID, after, row.Cursor, mostArrived, mostArrived*msgdef.MaxStored)
	if err != nil {
		return list, err
	}
	first := len(list)
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		peer, pair := msgdef.Peer(e.Conv, row.UID)
		if !pair || peer == row.UID || e.Bytes == nil || slices.ContainsFunc(list[first:], func(a rpc.Arrival) bool { return a.Conv == e.Conv }) {
			continue
		}
		var m msgdef.Message
		if err := m.DecodeAlias(e.Bytes); err != nil {
			return list, err
		}
		if m.From != row.UID {
			list = append(list, rpc.Arrival{Conv: e.Conv, UID: row.UID, CSeq: e.CSeq})
		}
	}
	return list, nil
}

// delivered adds to a page of a pair how far the other one has it, as of the cursors
// that are saved. What was read was delivered.
func (s *Server) delivered(p *rpc.ConvPull, page *rpc.ConvPage) error {
	peer, pair := msgdef.Peer(p.Conv, p.UID)
	if !pair || peer == p.UID || p.Before != 0 {
		return nil
	}
	for _, r := range page.Reads {
		if r.UID == peer {
			page.Delivered = r.CSeq
		}
	}
	if page.Delivered >= page.Head {
		return nil
	}
	cseq, err := s.passed(peer, p.Conv, page.Head)
	page.Delivered = max(page.Delivered, cseq)
	return err
}

// passed returns up to which cseq of a conversation, at most head, some device of a
// user has it; 0 when none has any, or it is not known. What is near the cursor is looked
// through, what is not is searched for (passage), and where that finds nothing, gone
// through (lookahead).
func (s *Server) passed(uid uint64, conv msgdef.Conversation, head uint64) (uint64, error) {
	list, err := s.options.Store.DevicesOf(uid, s.devices.limit)
	if err != nil {
		return 0, err
	}
	cursor := uint64(0)
	for i := range list {
		cursor = max(cursor, list[i].Cursor)
	}
	newest, err := s.heads.users.durable(uid)
	if err != nil || cursor == 0 {
		if isNobody(err) {
			err = nil
		}
		return 0, err
	}
	next := cursor
	newest = max(cursor, newest)
	entries, err := s.options.Store.Inbox(nil, uid, cursor, newest, mostDelivered, mostDelivered<<10)
	for i := range entries {
		if entries[i].USeq != next+1 {
			return 0, err // below a floor
		}
		if next++; entries[i].Conv == conv {
			return min(entries[i].CSeq-1, head), err
		}
	}
	if err != nil || next == newest {
		return head, err
	}
	passed := passage{store: s.options.Store, uid: uid, conv: conv, cursor: min(cursor, newest), newest: newest, head: head}
	cseq, known, err := passed.find()
	if known || err != nil {
		return cseq, err
	}
	cseq, known, err = s.lookahead.find(readKey{uid, conv}, next, newest)
	switch {
	case err != nil || !known:
		return 0, err
	case cseq == 0:
		return head, nil
	}
	return min(cseq-1, head), nil
}
