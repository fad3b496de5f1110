package chat

import (
	"context"
	"fmt"
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// watch is :watch user ... or :watch #group [after user].
type watch struct {
	with  []string
	after string // who is before the window of the group; "" for its beginning
}

// present is :online #group.
type present struct{ group string }

// unwatch is :unwatch.
type unwatch struct{}

// invisible is :invisible, or :visible.
type invisible struct{ on bool }

func readWatch(args []string, _ string) (command, string) {
	if len(args) == 3 && strings.HasPrefix(args[0], groupMark) && args[1] == "after" {
		return watch{args[:1], args[2]}, ""
	}
	if len(args) > 1 {
		for _, name := range args {
			if strings.HasPrefix(name, groupMark) {
				return nil, "names one group, or users"
			}
		}
	}
	return watch{with: args}, ""
}

func readPresent(args []string, _ string) (command, string) { return present{args[0]}, "" }

func readUnwatch([]string, string) (command, string) { return unwatch{}, "" }

func readInvisible(on bool) func([]string, string) (command, string) {
	return func([]string, string) (command, string) { return invisible{on}, "" }
}

// watchEvent answers :watch, and says what changes after that.
type watchEvent struct {
	Event string       `json:"event"` // watch
	Users []watchedRow `json:"users"`
	More  bool         `json:"more,omitempty"` // members of the group follow the last one
}

// countEvent answers :online.
type countEvent struct {
	Event   string `json:"event"` // online
	Group   string `json:"group"`
	Members int    `json:"members"`
	Online  int    `json:"online"`
	At      int64  `json:"at"` // when they were counted
}

type watchedRow struct {
	User    string `json:"user"`
	Known   bool   `json:"known"` // else it is not for the user to know
	Online  bool   `json:"online"`
	Devices int    `json:"devices,omitempty"`
	Since   int64  `json:"since,omitempty"`
	Seen    int64  `json:"seen,omitempty"`
}

// run watches.
func (w watch) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	var shown client.PresenceWindow
	var err error
	if strings.HasPrefix(w.with[0], groupMark) {
		shown, err = w.members(ctx, s)
	} else {
		shown, err = w.users(ctx, s)
	}
	if err != nil {
		return err
	}
	e := s.watched(ctx, shown.States)
	e.More = shown.More
	s.screen.show(e)
	return nil
}

// users watches those who are named.
func (w watch) users(ctx context.Context, s *session) (shown client.PresenceWindow, err error) {
	uids, err := s.uids(ctx, w.with)
	if err != nil {
		return shown, err
	}
	shown.States, err = s.client.WatchPresence(ctx, msgdef.Conversation{}, uids...)
	if err != nil {
		err = unanswered("who is online", err)
	}
	return shown, err
}

// members watches a part of a group.
func (w watch) members(ctx context.Context, s *session) (shown client.PresenceWindow, err error) {
	conv, err := s.conversation(ctx, w.with[0])
	if err != nil {
		return shown, err
	}
	after := uint64(0)
	if w.after != "" {
		before, err := s.uids(ctx, []string{w.after})
		if err != nil {
			return shown, err
		}
		after = before[0]
	}
	if shown, err = s.client.WatchMembers(ctx, conv, after, 0); err != nil {
		err = unanswered("who is online", err)
	}
	return shown, err
}

// run counts the members of a group who are online.
func (p present) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, p.group)
	if err != nil {
		return err
	}
	n, err := s.client.OnlineMembers(ctx, conv)
	if err != nil {
		return unanswered("who is online", err)
	}
	s.screen.show(countEvent{Event: "online", Group: s.groupName(ctx, conv), Members: n.Members, Online: n.Online, At: n.At.UnixMilli()})
	return nil
}

func (unwatch) run(_ context.Context, s *session) error { return s.client.UnwatchPresence() }

// run has others see the user offline, or not.
func (i invisible) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	_, err := s.client.SetInvisible(i.on).Wait(ctx)
	return err
}

// watched makes what is shown of states.
func (s *session) watched(ctx context.Context, states []msgdef.PresenceState) watchEvent {
	uids := make([]uint64, len(states))
	for i := range states {
		uids[i] = states[i].UID
	}
	names := s.names(ctx, uids...)
	e := watchEvent{Event: "watch", Users: []watchedRow{}}
	for i := range states {
		p := &states[i]
		e.Users = append(e.Users, watchedRow{
			User: names[p.UID], Known: p.Code == msgdef.CodeOK, Online: p.Online, Devices: int(p.Devices), Since: p.Since, Seen: p.Seen,
		})
	}
	return e
}

// onPresence has listen show who came and went.
func (s *session) onPresence(states []msgdef.PresenceState) {
	s.aside(func(ctx context.Context) { s.screen.show(s.watched(ctx, states)) })
}

func (s *textScreen) watched(e watchEvent) {
	for _, u := range e.Users {
		switch {
		case !u.Known:
			fmt.Fprintf(s.out, "-- %s does not show you when they are online\n", printable(u.User))
		case u.Online:
			fmt.Fprintf(s.out, "-- %s is online since %s\n", printable(u.User), s.clock(u.Since))
		case u.Seen != 0:
			fmt.Fprintf(s.out, "-- %s is offline, last seen %s\n", printable(u.User), s.clock(u.Seen))
		default:
			fmt.Fprintf(s.out, "-- %s is offline\n", printable(u.User))
		}
	}
	if e.More {
		last := printable(e.Users[len(e.Users)-1].User)
		fmt.Fprintf(s.out, "-- there are more members: :watch #group after %s\n", last)
	}
}

func (s *textScreen) counted(e countEvent) {
	fmt.Fprintf(s.out, "-- %d of %s of %s are online, as of %s\n", e.Online, plural(e.Members, "member"), printable(e.Group), s.clock(e.At))
}
