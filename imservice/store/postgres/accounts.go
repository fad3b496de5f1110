package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// CreateAccount implements store.Accounts. Creations wait for one another at the
// row that counts them, so uids have no gaps. The inbox begins with the account.
func (s *Store) CreateAccount(name, password string, at time.Time) (store.Account, error) {
	a := store.Account{Name: name, Password: password, Created: at.UnixMilli()}
	if len(name) == 0 || len(name) > store.MaxKey {
		return store.Account{}, fmt.Errorf("postgres: a name of %d bytes cannot be stored", len(name))
	}
	err := s.write(func(ctx context.Context, tx pgx.Tx) error { return create(ctx, tx, &a) })
	if err != nil {
		return store.Account{}, err
	}
	return a, nil
}

// create gives an account its uid and its rows.
func create(ctx context.Context, tx pgx.Tx, a *store.Account) error {
	var uid int64
	err := tx.QueryRow(ctx, `UPDATE identity SET accounts = accounts + 1 WHERE id = 0 RETURNING accounts`).Scan(&uid)
	if err != nil {
		return err
	}
	a.UID = uint64(uid)
	tag, err := tx.Exec(ctx, `INSERT INTO accounts (uid, name, password, created) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`,
		signed(a.UID), []byte(a.Name), []byte(a.Password), a.Created)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: account %q", store.ErrExists, a.Name)
	}
	if name := store.Findable(a.Name); err == nil && name != "" {
		_, err = tx.Exec(ctx, insertFound, [][]byte{[]byte(name)}, []int16{int16(store.NameAccount)}, []int64{signed(a.UID)})
	}
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO inboxes (uid, useq) VALUES ($1, $2) ON CONFLICT (uid) DO NOTHING`, signed(a.UID), signed(0))
	}
	return err
}

const selectAccount = `SELECT uid, name, password, created FROM accounts WHERE `

// AccountByName implements store.Accounts.
func (s *Store) AccountByName(name string) (store.Account, error) {
	return s.account(selectAccount+"name = $1", []byte(name))
}

// AccountByUID implements store.Accounts.
func (s *Store) AccountByUID(uid uint64) (store.Account, error) {
	return s.account(selectAccount+"uid = $1", signed(uid))
}

func (s *Store) account(query string, key any) (a store.Account, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var uid int64
		var name, password []byte
		err := q.QueryRow(ctx, query, key).Scan(&uid, &name, &password, &a.Created)
		a.UID, a.Name, a.Password = unsigned(uid), string(name), string(password)
		return err
	})
	if err != nil {
		return store.Account{}, err
	}
	return a, nil
}

// PutPassword implements store.Accounts.
func (s *Store) PutPassword(uid uint64, password string) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error { return putPassword(ctx, tx, uid, password) })
}

func putPassword(ctx context.Context, tx pgx.Tx, uid uint64, password string) error {
	tag, err := tx.Exec(ctx, `UPDATE accounts SET password = $2 WHERE uid = $1`, signed(uid), []byte(password))
	if err == nil && tag.RowsAffected() == 0 {
		err = store.ErrNotFound
	}
	return err
}
