package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sim-im/sim/msgdef"
)

type (
	friend struct { // :friend add|accept|decline|withdraw|remove user [greeting]
		user   string
		change msgdef.FriendChange
	}
	friends struct{} // :friends
	block   struct { // :block user, :unblock user
		user string
		off  bool
	}
	keep struct { // :keep user days
		user string
		days uint16
	}
)

// Events of --json about friends; see messageEvent for what they have in common.
type (
	// relationsEvent answers :friends.
	relationsEvent struct {
		Event string          `json:"event"` // relations
		List  []relationShown `json:"list"`
	}

	relationShown struct {
		User     string `json:"user"`
		State    string `json:"state"` // friends, asked (by the user), asking (the user), none
		Since    int64  `json:"since,omitempty"`
		Greeting string `json:"greeting,omitempty"`
		Blocked  int64  `json:"blocked,omitempty"` // since when
	}

	// blockEvent says that the user blocks somebody, or does no more.
	blockEvent struct {
		Event string `json:"event"` // block
		User  string `json:"user"`
		Off   bool   `json:"off,omitempty"`
	}
)

// friendLines returns the commands about friends, by name.
func friendLines() map[string]groupLine {
	return map[string]groupLine{
		":friend":  {":friend add|accept|decline|withdraw|remove user [greeting]", 2, 0, readFriend},
		":friends": {":friends", 0, 0, func([]string, string) (command, string) { return friends{}, "" }},
		":profile": {":profile [user] ...", 0, 0, readProfile},
		":block":   {":block user", 1, 1, readBlock(false)},
		":unblock": {":unblock user", 1, 1, readBlock(true)},
		":keep":    {":keep user days", 2, 2, readKeep},
	}
}

// friendActs returns what :friend does, by its first word.
func friendActs() map[string]msgdef.FriendAct {
	return map[string]msgdef.FriendAct{
		"add": msgdef.FriendAsk, "accept": msgdef.FriendAccept, "decline": msgdef.FriendDecline,
		"withdraw": msgdef.FriendWithdraw, "remove": msgdef.FriendEnd,
	}
}

func readFriend(args []string, _ string) (command, string) {
	act, ok := friendActs()[args[0]]
	greeting := strings.Join(args[2:], " ")
	switch {
	case !ok:
		return nil, fmt.Sprintf("%q is none of add, accept, decline, withdraw and remove", args[0])
	case greeting != "" && act != msgdef.FriendAsk:
		return nil, "a greeting is for :friend add"
	}
	return friend{args[1], msgdef.FriendChange{Act: act, Greeting: greeting}}, ""
}

func readBlock(off bool) func([]string, string) (command, string) {
	return func(args []string, _ string) (command, string) { return block{args[0], off}, "" }
}

func readKeep(args []string, _ string) (command, string) {
	days, err := strconv.ParseUint(args[1], 10, 16)
	if err != nil {
		return nil, fmt.Sprintf("%q is not a number of days; 0 leaves it to the server", args[1])
	}
	return keep{args[0], uint16(days)}, ""
}

// run says for how long messages with somebody are kept.
func (k keep) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.pair(ctx, k.user)
	if err != nil {
		return err
	}
	peer, _ := msgdef.Peer(conv, s.client.UID())
	sent, err := s.client.Keep(ctx, peer, k.days)
	return s.sent(k.user, revision(msgdef.ContentKeep, &msgdef.Keep{Days: k.days}), sent, err)
}

// run changes what the user and another are to each other.
func (f friend) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	uids, err := s.uids(ctx, []string{f.user})
	if err != nil {
		return err
	}
	sent, err := s.client.ChangeFriend(ctx, uids[0], &f.change)
	return s.sent(f.user, revision(msgdef.ContentFriend, &f.change), sent, err)
}

// run lists friends, requests, and whom the user blocks.
func (friends) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	var all []msgdef.Relation
	for after, more := uint64(0), true; more; {
		page, err := s.client.Relations(ctx, after, 0)
		if err != nil {
			return unanswered(":friends", err)
		}
		all, after, more = append(all, page.List...), page.Next, page.Next != 0
	}
	uids := make([]uint64, len(all))
	for i := range all {
		uids[i] = all[i].UID
	}
	names, e := s.names(ctx, uids...), relationsEvent{Event: "relations", List: []relationShown{}}
	for _, r := range all {
		e.List = append(e.List, relationShown{
			User: names[r.UID], State: r.State.String(), Since: r.Since, Greeting: r.Greeting, Blocked: r.Blocked,
		})
	}
	s.screen.show(e)
	return nil
}

// run blocks somebody, or no more.
func (b block) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	uids, err := s.uids(ctx, []string{b.user})
	if err != nil {
		return err
	}
	if _, err := s.client.SetBlocked(uids[0], !b.off).Wait(ctx); err != nil {
		return unsent(b.user, err)
	}
	s.screen.show(blockEvent{Event: "block", User: b.user, Off: b.off})
	return nil
}

// blockedElsewhere shows that the user blocks somebody by another device of theirs,
// if that is what a message says.
func (s *session) blockedElsewhere(ctx context.Context, says any) bool {
	b, ok := says.(*msgdef.Block)
	if ok {
		s.screen.show(blockEvent{Event: "block", User: s.names(ctx, b.UID)[b.UID], Off: b.Off})
	}
	return ok
}

func (s *textScreen) block(e blockEvent) {
	if e.Off {
		fmt.Fprintf(s.out, "-- you do not block %s any more\n", printable(e.User))
		return
	}
	fmt.Fprintf(s.out, "-- you block %s\n", printable(e.User))
}

func (s *textScreen) relations(e relationsEvent) {
	if len(e.List) == 0 {
		fmt.Fprintln(s.out, "-- no friends yet; :friend add user asks somebody")
	}
	for _, r := range e.List {
		fmt.Fprintf(s.out, "-- %s%s\n", printable(r.User), r.says(s.clock))
	}
}

// says tells people what somebody is to the user.
func (r *relationShown) says(clock func(int64) string) (text string) {
	switch r.State {
	case msgdef.RelationFriends.String():
		text = ", your friend since " + clock(r.Since)
	case msgdef.RelationAsked.String():
		text = ", whom you asked at " + clock(r.Since)
	case msgdef.RelationAsking.String():
		text = " asks to be your friend"
	}
	if r.Greeting != "" {
		text += ": " + printable(r.Greeting)
	}
	if r.Blocked != 0 {
		text += ", blocked since " + clock(r.Blocked)
	}
	return text
}

// befriended tells people what a change of a friendship did.
func (c *changeShown) befriended() string {
	switch c.Act {
	case msgdef.FriendAsk.String():
		if c.Greeting != "" {
			return "asked to be friends: " + printable(c.Greeting)
		}
		return "asked to be friends"
	case msgdef.FriendAccept.String():
		return "agreed to be friends"
	case msgdef.FriendDecline.String():
		return "declined to be friends"
	case msgdef.FriendWithdraw.String():
		return "withdrew the request to be friends"
	case msgdef.FriendEnd.String():
		return "ended the friendship"
	}
	return "changed the friendship"
}
