package chat

import (
	"context"
	"fmt"
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// watch is :watch user ... or :watch #group.
type watch struct{ with []string }

// unwatch is :unwatch.
type unwatch struct{}

// invisible is :invisible, or :visible.
type invisible struct{ on bool }

func readWatch(args []string, _ string) (command, string) {
	if len(args) > 1 {
		for _, name := range args {
			if strings.HasPrefix(name, groupMark) {
				return nil, "names one group, or users"
			}
		}
	}
	return watch{args}, ""
}

func readUnwatch([]string, string) (command, string) { return unwatch{}, "" }

func readInvisible(on bool) func([]string, string) (command, string) {
	return func([]string, string) (command, string) { return invisible{on}, "" }
}

// watchEvent answers :watch, and says what changes after that.
type watchEvent struct {
	Event string       `json:"event"` // watch
	Users []watchedRow `json:"users"`
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
	var via msgdef.Conversation
	var uids []uint64
	if strings.HasPrefix(w.with[0], groupMark) {
		conv, err := s.conversation(ctx, w.with[0])
		if err != nil {
			return err
		}
		via = conv
	} else {
		found, err := s.client.Lookup(ctx, w.with...)
		if err != nil {
			return unanswered("who they are", err)
		}
		for _, name := range w.with {
			uid, ok := found[name]
			if !ok {
				return &client.Error{Code: msgdef.CodeUnknownUser, Detail: "there is no user " + name}
			}
			uids = append(uids, uid)
		}
	}
	states, err := s.client.WatchPresence(ctx, via, uids...)
	if err != nil {
		return unanswered("who is online", err)
	}
	s.screen.show(s.watched(ctx, states))
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
}
