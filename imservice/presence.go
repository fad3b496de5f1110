package imservice

import (
	"context"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// seenAmong is how many of a user's newest sessions are looked at for when they were
// online last.
const seenAmong = 4

var errNotOwnStream = &rpc.Error{Code: msgdef.CodeForbidden, Detail: "a user is invisible by a setting of their own stream"}

// Whereabouts implements rpc.Contacts, without saying who is online.
func (s *Server) Whereabouts(ctx context.Context, query *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	if err := s.enter(ctx, len(query.Items), maxCommit); err != nil {
		return nil, err
	}
	defer s.leave()
	n := len(query.Items)
	reply := &rpc.WhereaboutsReply{Items: make([]msgdef.PresenceState, n), Invisible: make([]bool, n)}
	names := make([]store.TalkName, n)
	for i := range query.Items {
		names[i] = store.TalkName{UID: query.Items[i].UID, Conv: msgdef.Stream(query.Items[i].UID)}
	}
	states, err := s.options.Store.TalkStates(nil, names)
	if err != nil {
		return nil, s.failure(err)
	}
	for i := range query.Items {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		it, state := &query.Items[i], &reply.Items[i]
		since := states[i].Invisible
		reply.Invisible[i] = since != 0 && it.Asker != it.UID
		state.UID = it.UID
		if state.Code, err = s.mayWatch(it); err != nil {
			return nil, s.failure(err)
		}
		if state.Code != msgdef.CodeOK {
			continue
		}
		switch {
		case reply.Invisible[i]:
			state.Seen = since
		case it.Seen:
			if state.Seen, err = s.lastSeen(it.UID); err != nil {
				return nil, s.failure(err)
			}
		}
	}
	return reply, nil
}

// mayWatch tells whether somebody may know whether another is online.
func (s *Server) mayWatch(it *rpc.Whereabout) (msgdef.ErrorCode, error) {
	if it.Asker == it.UID {
		return msgdef.CodeOK, nil
	}
	if blocked, err := s.blocked(it.Asker, it.UID); err != nil || blocked {
		return msgdef.CodeForbidden, err
	}
	if gone, err := s.gone(it.UID); err != nil || gone {
		return msgdef.CodeForbidden, err
	}
	if it.Via == (msgdef.Conversation{}) {
		conv := msgdef.Pair(it.Asker, it.UID)
		if checkMember(conv, it.Asker) != msgdef.CodeOK {
			return msgdef.CodeForbidden, nil
		}
		head, err := s.heads.conversations.durable(conv)
		if err != nil || head == 0 {
			return msgdef.CodeForbidden, err
		}
		return msgdef.CodeOK, nil
	}
	if _, group := msgdef.GroupID(it.Via); !group {
		return msgdef.CodeForbidden, nil
	}
	for _, uid := range []uint64{it.Asker, it.UID} {
		if _, _, code, err := s.member(it.Via, uid); err != nil || code != msgdef.CodeOK {
			return msgdef.CodeForbidden, err
		}
	}
	return msgdef.CodeOK, nil
}

// lastSeen returns when the newest session of a user ended that has; 0 when nothing is
// known of one.
func (s *Server) lastSeen(uid uint64) (at int64, err error) {
	page, err := s.signIns(&rpc.SignInsQuery{Limit: seenAmong}, uid)
	if err != nil {
		return 0, err
	}
	for i := range page.List {
		at = max(at, page.List[i].Ended)
	}
	return at, nil
}

// hide settles whether others see a user offline.
func (q *sequencer) hide(b *batch, uid uint64, asked *msgdef.Setting) (made *settled, err error) {
	if asked.Conv != msgdef.Stream(uid) {
		return nil, errNotOwnStream
	}
	made = &settled{SettingRow: store.SettingRow{TalkName: store.TalkName{UID: uid, Conv: asked.Conv}}}
	if made.TalkState, err = q.talkState(b, made.TalkName); err != nil {
		return nil, err
	}
	switch {
	case asked.Off:
		made.Invisible = 0
	case made.Invisible == 0:
		made.Invisible = q.now().UnixMilli()
	}
	return made, nil
}
