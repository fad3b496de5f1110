package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/sim-im/sim/imservice/store"
)

// The files are NNNN_name.sql, numbered from 1 without gaps. What was released is
// never changed: another file changes it. A file can be run again from its
// beginning, see the first.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versions is what keeps the version, one row, which is also the lock of those who
// migrate.
const versions = `CREATE TABLE IF NOT EXISTS schema_version (id smallint PRIMARY KEY CHECK (id = 0), version integer NOT NULL);
INSERT INTO schema_version (id, version) VALUES (0, 0) ON CONFLICT (id) DO NOTHING;`

// Latest returns the version that this program needs.
func Latest() int { return len(scripts()) }

// scripts returns the names of the files in order.
func scripts() []string {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	slices.Sort(names)
	return names
}

// Migration is how far a database is.
type Migration struct {
	Database string // without user and password
	Version  int    // 0: no tables of ours
	Latest   int    // that this program needs
}

// Status returns how far a database is.
func Status(ctx context.Context, url string) (Migration, error) {
	conn, m, err := connect(ctx, url)
	if err != nil {
		return m, err
	}
	defer conn.Close(ctx)
	if m.Version, err = version(ctx, conn); err != nil {
		return m, fmt.Errorf("postgres: %s: %w", m.Database, err)
	}
	return m, nil
}

// Migrate brings a database to version to, which is 1 to Latest; 0 means Latest.
// Each step is a transaction of its own, and may be repeated after it was cut
// short. Of several who do it at once one works and the others wait. A database
// that is newer than this program is store.ErrFormat. Nothing goes back.
func Migrate(ctx context.Context, url string, to int) (Migration, error) {
	if to < 0 || to > Latest() {
		return Migration{}, fmt.Errorf("postgres: there is no version %d: 1 to %d", to, Latest())
	}
	if to == 0 {
		to = Latest()
	}
	conn, m, err := connect(ctx, url)
	if err != nil {
		return m, err
	}
	defer conn.Close(ctx)
	if err := m.start(ctx, conn); err != nil {
		return m, fmt.Errorf("postgres: %s: %w", m.Database, err)
	}
	for m.Version < to {
		if err := m.step(ctx, conn, to); err != nil {
			return m, fmt.Errorf("postgres: %s: from version %d: %w", m.Database, m.Version, err)
		}
	}
	if m.Version > Latest() {
		return m, fmt.Errorf("%w: %s has version %d, this program knows %d", store.ErrFormat, m.Database, m.Version, m.Latest)
	}
	return m, nil
}

func connect(ctx context.Context, url string) (*pgx.Conn, Migration, error) {
	o := Options{URL: url}.withDefaults()
	config, err := o.config()
	m := Migration{Latest: Latest()}
	if err != nil {
		return nil, m, err
	}
	m.Database = nameOf(config)
	delete(config.ConnConfig.RuntimeParams, "statement_timeout") // of large tables it may take long
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, m, fmt.Errorf("postgres: %s: %w", m.Database, line{err})
	}
	return conn, m, nil
}

// start makes the row of the version. Others may do it at the same moment, which
// PostgreSQL answers with errors of its catalogue.
func (m *Migration) start(ctx context.Context, conn *pgx.Conn) error {
	for try := 0; ; try++ {
		_, err := conn.PgConn().Exec(ctx, versions).ReadAll()
		if err == nil || codeOf(err) == "" || try == tries || !pause(ctx, try) {
			if err == nil {
				m.Version, err = version(ctx, conn)
			}
			return err
		}
	}
}

// step goes on by one version, unless another has.
func (m *Migration) step(ctx context.Context, conn *pgx.Conn, to int) error {
	for try := 0; ; try++ {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return m.run(ctx, tx, to) })
		if err == nil || !rolledBack(err) || try == tries || !pause(ctx, try) {
			return err
		}
	}
}

// run is step in a transaction. The lock of the row is over the whole script.
func (m *Migration) run(ctx context.Context, tx pgx.Tx, to int) error {
	if err := tx.QueryRow(ctx, `SELECT version FROM schema_version WHERE id = 0 FOR UPDATE`).Scan(&m.Version); err != nil {
		return err
	}
	if m.Version >= to {
		return nil
	}
	script, err := migrations.ReadFile(scripts()[m.Version])
	if err != nil {
		return err
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, string(script)).ReadAll(); err != nil {
		return fmt.Errorf("%s: %w", scripts()[m.Version], err)
	}
	tag, err := tx.Exec(ctx, `UPDATE schema_version SET version = $1 WHERE id = 0`, m.Version+1)
	if err == nil && tag.RowsAffected() != 1 {
		err = errors.New("the row of the version is gone")
	}
	if err == nil {
		m.Version++
	}
	return err
}
