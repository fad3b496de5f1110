package chat

import (
	"context"
	"fmt"
	"strings"

	"github.com/sim-im/sim/msgdef"
)

// deleteAccount is :delete-account. It asks for two more lines, the name of the account
// and the password, so that nobody does it by mistake.
type deleteAccount struct{}

const deleteLine = ":delete-account"

func readDeleteAccount([]string, string) (command, string) { return deleteAccount{}, "" }

// deletedEvent says that the account is deleted.
type deletedEvent struct {
	Event string `json:"event"` // deleted
	User  string `json:"user"`
}

// run asks for the name.
func (deleteAccount) run(_ context.Context, s *session) error {
	s.screen.show(note(fmt.Sprintf("-- this deletes the account %s, for good: nobody gets its name again, and only messages that\n"+
		"   others have stay. Type its name to go on, anything else to leave it\n", printable(s.client.Account()))))
	s.answer = s.confirmName
	return nil
}

// confirmName takes the name, and asks for the password.
func (s *session) confirmName(_ context.Context, line string) error {
	if strings.TrimSpace(line) != s.client.Account() {
		return &LineError{Line: deleteLine, Why: "was not confirmed: nothing is deleted"}
	}
	s.screen.show(note("-- and the password\n"))
	s.answer = s.confirmPassword
	return nil
}

// confirmPassword takes the password, and deletes the account. The chat is over then.
func (s *session) confirmPassword(ctx context.Context, line string) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	s.deleting.Store(true)
	if err := s.client.DeleteAccount(ctx, line); err != nil {
		s.deleting.Store(false)
		return unanswered(deleteLine, err)
	}
	newHome(s.opts.Folder, s.opts.User).forget()
	s.screen.show(deletedEvent{Event: "deleted", User: s.client.Account()})
	return errQuit
}

func (s *textScreen) deleted(e deletedEvent) {
	fmt.Fprintf(s.out, "-- the account %s is deleted\n", printable(e.User))
}

// fate tells which of some users have no account any more; where the server does not
// say, none.
func (s *session) fate(ctx context.Context, uids ...uint64) map[uint64]bool {
	gone := map[uint64]bool{}
	for len(uids) > 0 {
		page := uids[:min(len(uids), 100)]
		uids = uids[len(page):]
		list, err := s.client.Profiles(ctx, nil, page...)
		if err != nil {
			return gone
		}
		for i := range list {
			if list[i].Deleted {
				gone[list[i].UID] = true
			}
		}
	}
	return gone
}

// author is who sent a message, as a line shows them.
func (m *pastMessage) author() string {
	if m.Former {
		return printable(m.From) + " (deleted account)"
	}
	return printable(m.From)
}

// formerly finds somebody who is not found by name any more, among those whom the user
// has a conversation with.
func (s *session) formerly(ctx context.Context, name string) (uint64, bool) {
	all, _, err := s.allTalks(ctx)
	if err != nil {
		return 0, false
	}
	for i := range all {
		peer, pair := msgdef.Peer(all[i].Conv, s.client.UID())
		if pair && s.names(ctx, peer)[peer] == name {
			return peer, true
		}
	}
	return 0, false
}
