package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// Open opens a database that Migrate has brought to this version. Another version
// is store.ErrFormat.
func Open(options Options) (*Store, error) {
	o := options.withDefaults()
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Patience)
	defer cancel()
	s := &Store{log: o.Logger, name: nameOf(config), patience: o.Patience}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("postgres: %s: %w", s.name, err)
	}
	forUsers := config.Copy()
	forUsers.MaxConns = max(config.MaxConns/2, 1)
	if s.users, err = pgxpool.NewWithConfig(ctx, forUsers); err == nil {
		err = s.identify(ctx, o.Rand)
	}
	if err != nil {
		if s.users != nil {
			s.users.Close()
		}
		s.pool.Close()
		return nil, fmt.Errorf("open: %w", s.explain(err))
	}
	s.reach = newReach(s.pool, s.log)
	return s, nil
}

// nameOf returns what people call the database: no user and no password.
func nameOf(config *pgxpool.Config) string {
	c := config.ConnConfig
	return fmt.Sprintf("database %s at %s", c.Database, net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
}

// identify checks the version, and learns who the store is and which of the
// processes that ever opened it this is. The first one makes the epoch.
func (s *Store) identify(ctx context.Context, rand io.Reader) error {
	if err := s.checkVersion(ctx); err != nil {
		return err
	}
	var random [8]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return fmt.Errorf("make an epoch: %w", err)
	}
	made := max(binary.BigEndian.Uint64(random[:]), 1)
	var epoch, instance int64
	for try := range tries {
		err := s.pool.QueryRow(ctx, `INSERT INTO identity (id, epoch, accounts, instances) VALUES (0, $1, 0, 1)
			ON CONFLICT (id) DO UPDATE SET instances = identity.instances + 1 RETURNING epoch, instances`,
			signed(made)).Scan(&epoch, &instance)
		if err == nil {
			break
		}
		if !rolledBack(err) || try == tries-1 || !pause(ctx, try) {
			return err
		}
	}
	s.epoch, s.instance = unsigned(epoch), uint64(instance)
	return nil
}

// checkVersion refuses a database that another version made.
func (s *Store) checkVersion(ctx context.Context) error {
	at, err := version(ctx, s.pool)
	switch want := Latest(); {
	case err != nil:
		return err
	case at == 0:
		return fmt.Errorf("%w: %s has no tables of sim yet: run sim migrate up", store.ErrFormat, s.name)
	case at < want:
		return fmt.Errorf("%w: %s has version %d, this program needs %d: run sim migrate up", store.ErrFormat, s.name, at, want)
	case at > want:
		return fmt.Errorf("%w: %s has version %d, this program knows %d: use the program that migrated it, or a newer one",
			store.ErrFormat, s.name, at, want)
	}
	return nil
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version returns the version of a database, 0 for one without tables of ours.
func version(ctx context.Context, q querier) (at int, err error) {
	err = q.QueryRow(ctx, `SELECT version FROM schema_version WHERE id = 0`).Scan(&at)
	if codeOf(err) == codeNoTable || errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return at, err
}
