package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

const selectTokens = `SELECT uid, device, provider, token, set_at FROM push_tokens WHERE `

// PutPushToken implements store.PushTokens. A limit below 1 counts as 1.
func (s *Store) PutPushToken(token store.PushToken, limit int) (gone []store.PushToken, err error) {
	if len(token.Token) == 0 {
		return nil, errors.New("postgres: an empty push token cannot be stored")
	}
	err = s.write(func(ctx context.Context, tx pgx.Tx) error {
		removed, err := goneOf(ctx, tx, []int64{signed(token.UID)})
		if len(removed) > 0 {
			return store.ErrNotFound
		}
		if err == nil {
			gone, err = putPushToken(ctx, tx, token, max(limit, 1))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}

func putPushToken(ctx context.Context, tx pgx.Tx, token store.PushToken, limit int) ([]store.PushToken, error) {
	rows, _ := tx.Query(ctx, selectTokens+`uid = $1 OR token = $2 AND provider = $3 ORDER BY uid, device FOR UPDATE`,
		signed(token.UID), token.Token, int16(token.Provider))
	have, err := pgx.CollectRows(rows, pushToken)
	if err != nil {
		return nil, err
	}
	gone := supplanted(have, token, limit)
	for _, old := range gone {
		if _, err := tx.Exec(ctx, `DELETE FROM push_tokens WHERE uid = $1 AND device = $2`, signed(old.UID), signed(old.Device)); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO push_tokens (uid, device, provider, token, set_at) VALUES ($1, $2, $3, $4, $5)`,
		signed(token.UID), signed(token.Device), int16(token.Provider), token.Token, token.Set)
	return gone, err
}

// supplanted returns which of the user's tokens, and those of other devices that
// are the same, go when a new one comes: the device's own, the same one, those
// above the limit, and last another user's.
func supplanted(have []store.PushToken, token store.PushToken, limit int) (gone []store.PushToken) {
	var stay, others []store.PushToken
	for _, t := range have {
		switch {
		case t.UID != token.UID:
			others = append(others, t)
		case t.Device == token.Device, t.Provider == token.Provider && bytes.Equal(t.Token, token.Token):
			gone = append(gone, t)
		default:
			stay = append(stay, t)
		}
	}
	if above := len(stay) - (limit - 1); above > 0 {
		slices.SortFunc(stay, func(a, b store.PushToken) int {
			return cmp.Or(cmp.Compare(a.Set, b.Set), cmp.Compare(a.Device, b.Device))
		})
		gone = append(gone, stay[:above]...)
	}
	return append(gone, others...)
}

// PushToken implements store.PushTokens.
func (s *Store) PushToken(uid, device uint64) (t store.PushToken, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectTokens+`uid = $1 AND device = $2`, signed(uid), signed(device))
		t, err = pgx.CollectExactlyOneRow(rows, pushToken)
		return err
	})
	return t, err
}

// PushTokensOf implements store.PushTokens.
func (s *Store) PushTokensOf(uid uint64) (tokens []store.PushToken, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectTokens+`uid = $1 ORDER BY device`, signed(uid))
		tokens, err = pgx.CollectRows(rows, pushToken)
		return err
	})
	return orNil(tokens), err
}

func pushToken(row pgx.CollectableRow) (t store.PushToken, err error) {
	var uid, device int64
	var provider int16
	err = row.Scan(&uid, &device, &provider, &t.Token, &t.Set)
	t.UID, t.Device, t.Provider = unsigned(uid), unsigned(device), msgdef.PushProvider(provider)
	return t, err
}

// DropPushToken implements store.PushTokens.
func (s *Store) DropPushToken(uid, device uint64, token []byte) (dropped bool, err error) {
	err = s.write(func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM push_tokens WHERE uid = $1 AND device = $2 AND ($3::bytea IS NULL OR token = $3)`,
			signed(uid), signed(device), token)
		dropped = tag.RowsAffected() > 0
		return err
	})
	return dropped && err == nil, err
}

// PushTokenCount implements store.PushTokens.
func (s *Store) PushTokenCount() (n int, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		return q.QueryRow(ctx, `SELECT count(*) FROM push_tokens`).Scan(&n)
	})
	return n, err
}
