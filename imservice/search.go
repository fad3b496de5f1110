package imservice

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// What one answer to a search has and costs at most. A conversation costs as much as
// some messages, because it has to be found out who is in it.
const (
	maxFound     = 100
	someFound    = 20
	searchScan   = 1024 // messages that are looked at
	searchTalk   = 8    // messages that a conversation counts as
	searchPage   = 128  // messages read at once
	searchBytes  = 256 << 10
	searchLonger = 128 // bytes of a text
)

var errBadSearch = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a search is for 1 to 128 bytes of UTF-8"}

// search is one on its way through conversations.
type search struct {
	text  []byte // in lower case
	now   int64
	limit int // messages
	room  int // bytes of them
	left  int // messages to look at
	reply rpc.FoundMessages
}

// FindMessages implements rpc.Past. It looks through the messages themselves: what
// is found is what the user may read at this moment.
func (s *Server) FindMessages(ctx context.Context, q *rpc.MessageSearch) (*rpc.FoundMessages, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	if q.Text == "" || len(q.Text) > searchLonger || !utf8.ValidString(q.Text) {
		return nil, errBadSearch
	}
	x := &search{
		text: bytes.ToLower([]byte(q.Text)), now: s.options.Now().UnixMilli(),
		limit: limited(q.Limit, someFound, maxFound), room: s.share(1), left: searchScan,
	}
	if err := s.search(ctx, x, q); err != nil {
		return nil, s.failure(err)
	}
	return &x.reply, nil
}

// search looks where it is to.
func (s *Server) search(ctx context.Context, x *search, q *rpc.MessageSearch) error {
	if q.Conv == (msgdef.Conversation{}) {
		return s.searchAll(ctx, x, q)
	}
	_, err := s.searchIn(ctx, x, q.UID, q.Conv, q.Before)
	return err
}

// searchAll looks through a user's conversations from a place on.
func (s *Server) searchAll(ctx context.Context, x *search, q *rpc.MessageSearch) error {
	if q.Before != 0 { // within one
		if over, err := s.searchOne(ctx, x, q.UID, q.At, q.Before); over || err != nil {
			return err
		}
	}
	convs, err := s.options.Store.Talks(nil, q.UID, q.At, searchScan/searchTalk)
	if err != nil {
		return err
	}
	at := q.At
	for _, conv := range convs {
		if x.left <= 0 || len(x.reply.Messages) == x.limit {
			x.stop(at, 0)
			return nil
		}
		if over, err := s.searchOne(ctx, x, q.UID, conv, 0); over || err != nil {
			return err
		}
		at = conv
	}
	if len(convs) == searchScan/searchTalk {
		x.stop(at, 0)
	}
	return nil
}

// searchOne is searchIn for a conversation among others: one that the user may not
// read is left out.
func (s *Server) searchOne(ctx context.Context, x *search, uid uint64, conv msgdef.Conversation, before uint64) (over bool, err error) {
	over, err = s.searchIn(ctx, x, uid, conv, before)
	var refused *rpc.Error
	if errors.As(err, &refused) && (refused.Code == msgdef.CodeForbidden || refused.Code == msgdef.CodeUnknownConversation) {
		return false, nil
	}
	return over, err
}

// searchIn looks through a conversation below a place; 0 is its end. over tells that
// this was enough.
func (s *Server) searchIn(ctx context.Context, x *search, uid uint64, conv msgdef.Conversation, before uint64) (over bool, err error) {
	x.left -= searchTalk
	since, to, err := s.span(uid, conv)
	if err != nil {
		return false, err
	}
	if before != 0 {
		to = min(to, before-1)
	}
	for to >= since && to > 0 {
		if ctx.Err() != nil {
			return false, errDeadline
		}
		if x.left <= 0 {
			x.stop(conv, to+1)
			return true, nil
		}
		page, err := s.options.Store.Range(nil, conv, since, to, true, min(x.left, searchPage), searchBytes)
		if err == nil {
			err = s.cover(uid, page)
		}
		if err != nil || len(page) == 0 {
			return false, err
		}
		if to, over, err = x.look(page); over || err != nil {
			x.stop(conv, to+1)
			return over, err
		}
	}
	return false, nil
}

// look takes what is to be found of a page, from its end, and returns the place
// before it. over tells that there is no room for what was found there.
func (x *search) look(page [][]byte) (to uint64, over bool, err error) {
	var m msgdef.Message
	for i := len(page) - 1; i >= 0; i-- {
		if err := m.DecodeAlias(page[i]); err != nil {
			return 0, false, err
		}
		x.left--
		if x.matches(&m) {
			x.room -= len(page[i])
			if n := len(x.reply.Messages); n == x.limit || x.room < 0 && n > 0 {
				return m.CSeq, true, nil
			}
			x.reply.Messages = append(x.reply.Messages, page[i])
		}
		to = m.CSeq - 1
	}
	return to, false, nil
}

// stop says where the next answer goes on.
func (x *search) stop(at msgdef.Conversation, before uint64) {
	x.reply.More, x.reply.At, x.reply.Before = true, at, before
}

// matches tells whether somebody who reads a message finds the text in it.
func (x *search) matches(m *msgdef.Message) bool {
	if over(m, x.now) {
		return false
	}
	switch m.Kind {
	case msgdef.ContentText:
		return x.in(m.Body)
	case msgdef.ContentImage, msgdef.ContentFile, msgdef.ContentAudio, msgdef.ContentVideo:
		var media msgdef.Media
		return media.DecodeAlias(m.Body) == nil && (x.in([]byte(media.Name)) || x.in([]byte(media.Caption)))
	case msgdef.ContentLocation:
		var place msgdef.Location
		return place.DecodeAlias(m.Body) == nil && x.in([]byte(place.Name))
	}
	return false
}

func (x *search) in(text []byte) bool { return bytes.Contains(bytes.ToLower(text), x.text) }
