package postgres

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// FamilyByID implements store.Families.
func (s *Store) FamilyByID(id [32]byte) (f store.Family, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var uid, device, used, since int64
		var tokens []byte
		err := q.QueryRow(ctx, `SELECT uid, device, used, since, tokens FROM families WHERE id = $1`, id[:]).
			Scan(&uid, &device, &used, &since, &tokens)
		if err != nil {
			return err
		}
		f = store.Family{ID: id, UID: unsigned(uid), Device: unsigned(device), Used: store.Instant(used), Since: unsigned(since)}
		f.Tokens, err = decodeTokens(tokens)
		return err
	})
	if err != nil {
		return store.Family{}, err
	}
	return f, nil
}

// FamilyOf implements store.Families.
func (s *Store) FamilyOf(uid, device uint64) (since uint64, expires time.Time, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var began, ends int64
		err := q.QueryRow(ctx, `SELECT since, expires FROM families WHERE uid = $1 AND device = $2`, signed(uid), signed(device)).
			Scan(&began, &ends)
		since, expires = unsigned(began), store.Instant(ends)
		return err
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return since, expires, nil
}

// dropSuperfluous drops the user's families that give way to a new one: the
// device's own, those that are over, and of the others all but the last to end.
const dropSuperfluous = `DELETE FROM families WHERE uid = $1 AND (
		id = $2 OR device = $3 OR expires <= $4 OR id IN (
			SELECT id FROM families WHERE uid = $1 AND id <> $2 AND device <> $3 AND expires > $4
			ORDER BY expires DESC, id DESC OFFSET $5))`

// PutFamily implements store.Families.
func (s *Store) PutFamily(f store.Family, limit int, now time.Time) error {
	if err := f.Check(); err != nil {
		return err
	}
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, dropSuperfluous, signed(f.UID), f.ID[:], signed(f.Device), now.UnixMilli(), int64(max(limit, 1)-1))
		if err == nil {
			err = insertFamily(ctx, tx, f)
		}
		return err
	})
}

// insertFamily stores a family of a device that has none.
func insertFamily(ctx context.Context, tx pgx.Tx, f store.Family) error {
	_, err := tx.Exec(ctx, `INSERT INTO families (id, uid, device, used, since, expires, tokens) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.ID[:], signed(f.UID), signed(f.Device), store.Millis(f.Used), signed(f.Since), store.Millis(f.Expires()), encodeTokens(f.Tokens))
	return err
}

// tokenSize is that of an encoded token:
//
//	0       32  SHA-256
//	32       8  issued, Unix milliseconds; 0: not known
//	40       8  expires
const tokenSize = 48

func encodeTokens(tokens []store.Token) []byte {
	b := make([]byte, 0, len(tokens)*tokenSize)
	for _, t := range tokens {
		b = append(b, t.Hash[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(store.Millis(t.Issued)))
		b = binary.BigEndian.AppendUint64(b, uint64(store.Millis(t.Expires)))
	}
	return b
}

func decodeTokens(b []byte) ([]store.Token, error) {
	if len(b) == 0 || len(b)%tokenSize != 0 || len(b)/tokenSize > store.MaxFamilyTokens {
		return nil, corrupt("tokens of %d bytes", len(b))
	}
	tokens := make([]store.Token, 0, len(b)/tokenSize)
	for ; len(b) > 0; b = b[tokenSize:] {
		tokens = append(tokens, store.Token{
			Hash:    [32]byte(b),
			Issued:  store.Instant(int64(binary.BigEndian.Uint64(b[32:]))),
			Expires: store.Instant(int64(binary.BigEndian.Uint64(b[40:]))),
		})
	}
	return tokens, nil
}
