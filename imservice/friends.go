package imservice

import (
	"slices"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostGreeting is the greatest length of a greeting in code points.
const mostGreeting = 200

var (
	errBadFriend   = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not a change of a friendship"}
	errNoRequest   = &rpc.Error{Code: msgdef.CodeNoRequest, Detail: "it does not fit what the two are to each other"}
	errAskedLately = &rpc.Error{Code: msgdef.CodeAskedLately, Detail: "the other one was asked not long ago"}
)

// befriend tells what the FriendChange in an item makes of its pair, or why it may
// not.
func (q *sequencer) befriend(b *batch, it *rpc.Send, peer uint64, now int64) (*bond, error) {
	var asked msgdef.FriendChange
	if asked.Decode(it.Body) != nil || asked.Validate() != nil || !goodChange(&asked) || len(it.Extra) > 0 || peer == it.UID {
		return nil, errBadFriend
	}
	two, err := q.bondOf(b, it.UID, peer)
	if err != nil {
		return nil, err
	}
	if err := two.change(&asked, now, now+q.limits.AskAgain.Milliseconds()); err != nil {
		return nil, err
	}
	return two, two.within(&q.limits)
}

// goodChange tells whether a greeting is one, and where one belongs.
func goodChange(c *msgdef.FriendChange) bool {
	if c.Greeting == "" {
		return true
	}
	return c.Act == msgdef.FriendAsk && utf8.ValidString(c.Greeting) && utf8.RuneCountInString(c.Greeting) <= mostGreeting
}

// change does what msgdef.FriendChange draws. Who asks in vain may not before again.
func (two *bond) change(c *msgdef.FriendChange, now, again int64) error {
	own, theirs := &two.own.Relation, &two.theirs.Relation
	switch {
	case own.Blocked != 0:
		return errNoRequest
	case c.Act == msgdef.FriendAsk && own.State == msgdef.RelationNone:
		if own.Again > now {
			return errAskedLately
		}
		two.become(msgdef.RelationAsked, msgdef.RelationAsking)
		own.Greeting, theirs.Greeting = c.Greeting, c.Greeting
	case (c.Act == msgdef.FriendAsk || c.Act == msgdef.FriendAccept) && own.State == msgdef.RelationAsking:
		two.become(msgdef.RelationFriends, msgdef.RelationFriends)
	case c.Act == two.parting() && c.Act != 0:
		two.part(again)
	default:
		return errNoRequest
	}
	return nil
}

// become makes something else of both.
func (two *bond) become(own, theirs msgdef.RelationState) {
	for _, s := range []struct {
		of *msgdef.Relation
		is msgdef.RelationState
	}{{&two.own.Relation, own}, {&two.theirs.Relation, theirs}} {
		s.of.State, s.of.Greeting, s.of.Again = s.is, "", 0
	}
}

// parting is the act that makes nothing of what the two are; 0 when they are
// nothing.
func (two *bond) parting() msgdef.FriendAct {
	switch two.own.State {
	case msgdef.RelationAsked:
		return msgdef.FriendWithdraw
	case msgdef.RelationAsking:
		return msgdef.FriendDecline
	case msgdef.RelationFriends:
		return msgdef.FriendEnd
	}
	return 0
}

// part does so.
func (two *bond) part(again int64) {
	was := two.own.State
	two.become(msgdef.RelationNone, msgdef.RelationNone)
	switch was {
	case msgdef.RelationAsked:
		two.own.Again = again
	case msgdef.RelationAsking:
		two.theirs.Again = again
	}
}

// pushes tells whether an item is to be pushed, which of events of a pair those are
// that ask somebody for something, or tell them that they have it.
func pushes(it *rpc.Send) bool {
	if it.Kind != msgdef.ContentFriend {
		return it.Kind != msgdef.ContentKeep
	}
	var c msgdef.FriendChange
	return c.DecodeAlias(it.Body) == nil && slices.Contains([]msgdef.FriendAct{msgdef.FriendAsk, msgdef.FriendAccept}, c.Act)
}
