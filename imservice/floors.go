package imservice

import (
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// What is below a floor is not there, and floors rise while somebody reads. So the
// rows are read first, and the floor only where some are missing: whatever is
// missing is below the floor then, and nothing else is.

// errExpiredName says that a send repeats, or may repeat, one of which nothing is
// known any more.
var errExpiredName = &rpc.Error{Code: msgdef.CodeTooLate, Detail: "the message is too old to tell whether it was sent before"}

// belowFloor tells whether a cursor is below the floor of an inbox, of which an
// entry that follows it is not there, and returns the floor.
func (s *Server) belowFloor(uid, after uint64) (floor uint64, below bool, err error) {
	floor, err = s.options.Store.InboxFloor(uid)
	return floor, after < floor, err
}

// floorOf returns the floor of a conversation, of which a message is not there.
func (s *Server) floorOf(conv msgdef.Conversation) (store.ConversationFloor, error) {
	return s.options.Store.ConversationFloor(conv)
}

// dropped is what an inbox has in the place of a message that is kept no longer.
func dropped(entry *store.InboxEntry) []byte {
	m := msgdef.Message{
		Conv: entry.Conv, CSeq: entry.CSeq, Kind: msgdef.ContentText,
		State: (&msgdef.MessageState{Expired: true}).Append(nil),
	}
	return m.Append(nil)
}

// newest returns the message at the head of a conversation, encoded; nil when it
// is kept no longer.
func (s *Server) newest(conv msgdef.Conversation, head uint64) ([]byte, error) {
	encoded, err := s.options.Store.Message(conv, head)
	if errors.Is(err, store.ErrNotFound) {
		floor, errFloor := s.floorOf(conv)
		if errFloor == nil && head <= floor.CSeq {
			return nil, nil
		}
		err = errors.Join(err, errFloor)
	}
	return encoded, err
}

// countAt returns how many messages up to cseq are no events.
func (s *Server) countAt(conv msgdef.Conversation, cseq uint64) (uint64, error) {
	if cseq == 0 {
		return 0, nil
	}
	m, err := message(s.options.Store, conv, cseq)
	if !errors.Is(err, store.ErrNotFound) {
		return m.Count, err
	}
	floor, errFloor := s.floorOf(conv)
	if errFloor == nil && cseq <= floor.CSeq {
		return floor.Count, nil
	}
	return 0, errors.Join(err, errFloor)
}
