package fill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
)

// ErrNotEmpty refuses a store that has accounts.
var ErrNotEmpty = errors.New("fill: the store has accounts already: choose a new folder")

// Folder fills the store in dir, which is made when missing; a server that
// runs there makes it store.ErrInUse. How far it is goes to progress, line by
// line. The tables are merged at the end, so that a server that starts there has
// no more to do than any other. When ctx ends the folder is left with what was
// written.
func Folder(ctx context.Context, dir string, p Plan, log *slog.Logger, progress io.Writer) error {
	if err := p.Validate(); err != nil {
		return err
	}
	s, err := pebble.Open(pebble.Options{Dir: dir, Logger: log})
	if err != nil {
		return err
	}
	if err = Store(ctx, s, p, progress); err == nil {
		fmt.Fprintln(progress, "merging tables")
		err = s.Settle(ctx)
	}
	return errors.Join(err, s.Close())
}

// Store fills an empty store.
func Store(ctx context.Context, s store.Store, p Plan, progress io.Writer) error {
	switch _, err := s.AccountByUID(uid(0)); {
	case err == nil:
		return ErrNotEmpty
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if err := addUsers(ctx, s, p, newPace(progress, "accounts", int64(p.Users))); err != nil {
		return err
	}
	return addMessages(ctx, s, p, newPace(progress, "messages", p.Messages))
}

// addUsers makes the accounts. Their empty password is the hash of none.
func addUsers(ctx context.Context, s store.Store, p Plan, pace *pace) error {
	for i := range p.Users {
		if err := ctx.Err(); err != nil {
			return err
		}
		account, err := s.CreateAccount(fmt.Sprintf("fill-%d", i+1), "", time.UnixMilli(start))
		if err != nil {
			return err
		}
		if account.UID != uid(i) {
			return fmt.Errorf("fill: account %d has the id %d", i+1, account.UID)
		}
		pace.reached(int64(i) + 1)
	}
	return nil
}

// perCommit is how many messages go into one commit, as many as the message
// service puts into one at most.
const perCommit = 4096

// addMessages keeps two commits outstanding, so that the next one is made while
// the disk writes the last.
func addMessages(ctx context.Context, s store.Store, p Plan, pace *pace) error {
	h := newHistory(p)
	var commit store.Commit
	var last store.Pending
	for h.n < p.Messages {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, wait(last))
		}
		h.next(&commit, perCommit)
		pending, err := s.Apply(&commit)
		if err = errors.Join(err, wait(last)); err != nil {
			return err
		}
		last = pending
		pace.reached(h.n)
	}
	return wait(last)
}

// wait returns when a commit is durable; nil is.
func wait(p store.Pending) error {
	if p == nil {
		return nil
	}
	return p.Wait()
}
