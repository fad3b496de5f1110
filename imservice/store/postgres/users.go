package postgres

import (
	"context"
	"fmt"
	"sync"
)

// LockUser implements store.Shared. The lock is that of a row which nothing else
// needs, in a transaction of connections that nothing else uses: whoever holds it
// goes on to write the user's other rows.
func (s *Store) LockUser(uid uint64) (unlock func(), err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	var release func()
	err = s.again(func(ctx context.Context) error {
		release, err = s.lockUser(ctx, uid)
		return mayPass(ctx, err)
	})
	if err != nil {
		s.life.RUnlock()
		return nil, fmt.Errorf("lock user: %w", err)
	}
	return sync.OnceFunc(func() {
		defer s.life.RUnlock()
		release()
	}), nil
}

func (s *Store) lockUser(ctx context.Context, uid uint64) (func(), error) {
	tx, err := s.users.Begin(ctx)
	if err != nil {
		return nil, err
	}
	end := func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.patience)
		defer cancel()
		_ = tx.Rollback(ctx) // a connection that is lost has no lock
	}
	tag, err := tx.Exec(ctx, `SELECT 1 FROM user_locks WHERE uid = $1 FOR UPDATE`, signed(uid))
	if err == nil && tag.RowsAffected() == 0 {
		end()
		return s.lockNewUser(ctx, uid)
	}
	if err != nil {
		end()
		return nil, err
	}
	return end, nil
}

// lockNewUser makes the row that is locked, which has to be there for others.
func (s *Store) lockNewUser(ctx context.Context, uid uint64) (func(), error) {
	_, err := s.users.Exec(ctx, `INSERT INTO user_locks (uid) VALUES ($1) ON CONFLICT (uid) DO NOTHING`, signed(uid))
	if err != nil {
		return nil, err
	}
	return s.lockUser(ctx, uid)
}
