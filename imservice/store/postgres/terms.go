package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sim-im/sim/imservice/store"
)

// Term implements store.Terms.
func (s *Store) Term(region string) (uint64, error) {
	return s.number(`SELECT term FROM terms WHERE region = $1`, []byte(region))
}

// PutTerm implements store.Terms. Nobody holds the region then.
func (s *Store) PutTerm(region string, term uint64) error {
	if err := checkRegion(region); err != nil {
		return err
	}
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO terms (region, term) VALUES ($1, $2)
			ON CONFLICT (region) DO UPDATE SET term = excluded.term, holder = '', until = 0`, []byte(region), signed(term))
		return err
	})
}

func checkRegion(region string) error {
	if len(region) == 0 || len(region) > store.MaxKey {
		return fmt.Errorf("postgres: a region of %d bytes cannot be stored", len(region))
	}
	return nil
}

// clock is the database's, in Unix milliseconds, and the same all over a statement.
const clock = `(extract(epoch FROM statement_timestamp()) * 1000)::bigint`

// takeLease renews the lease of its holder, gives one that is over to who asks,
// and leaves it to another.
const takeLease = `INSERT INTO terms AS t (region, term, holder, until) VALUES ($1, $2, $3, ` + clock + ` + $4)
	ON CONFLICT (region) DO UPDATE SET
		term = CASE WHEN t.until <= ` + clock + ` THEN t.term + 1 ELSE t.term END,
		holder = CASE WHEN t.until <= ` + clock + ` THEN excluded.holder ELSE t.holder END,
		until = CASE WHEN t.until <= ` + clock + ` OR t.holder = excluded.holder THEN ` + clock + ` + $4 ELSE t.until END
	RETURNING term, holder, until - ` + clock

// Lease implements store.Shared.
func (s *Store) Lease(region, holder string, length time.Duration) (g store.Grant, err error) {
	if err := checkRegion(region); err != nil {
		return g, err
	}
	err = s.write(func(ctx context.Context, tx pgx.Tx) error {
		var term, left int64
		var by []byte
		err := tx.QueryRow(ctx, takeLease, []byte(region), signed(1), []byte(holder), length.Milliseconds()).Scan(&term, &by, &left)
		g = store.Grant{Holder: string(by), Term: unsigned(term), Left: time.Duration(max(left, 0)) * time.Millisecond}
		return err
	})
	return g, err
}
