package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/tools/ops"
)

// StoreVersion is how far the tables of a database are.
type StoreVersion struct{ m postgres.Migration }

// String says it to people.
func (v StoreVersion) String() string {
	return fmt.Sprintf("%s has version %d of %d", v.m.Database, v.m.Version, v.m.Latest)
}

// Fits returns nil when a message service of this program can use the database,
// else what to do.
func (v StoreVersion) Fits() error {
	switch {
	case v.m.Version < v.m.Latest:
		return errors.New("run sim migrate up before the message service")
	case v.m.Version > v.m.Latest:
		return errors.New("use the program that migrated it, or a newer one")
	}
	return nil
}

// migrateReach is how long a database may take to be connected to.
const migrateReach = 10 * time.Second

// LatestStore returns the version of tables that this program needs.
func LatestStore() int { return postgres.Latest() }

// CheckStore says what is wrong with the URL of a database.
func CheckStore(url string) error { return postgres.Check(url) }

// StoreStatus returns how far the tables of a database are. A database that
// cannot be reached is an error with ops.ExitUnreachable.
func StoreStatus(ctx context.Context, url string) (StoreVersion, error) {
	ctx, cancel := context.WithTimeout(ctx, migrateReach)
	defer cancel()
	m, err := postgres.Status(ctx, url)
	if err != nil {
		return StoreVersion{}, ops.Exit(ops.ExitUnreachable, err)
	}
	return StoreVersion{m}, nil
}

// MigrateStore brings the tables of a database to a version; 0 means LatestStore.
func MigrateStore(ctx context.Context, url string, to int) (StoreVersion, error) {
	if _, err := StoreStatus(ctx, url); err != nil {
		return StoreVersion{}, err
	}
	m, err := postgres.Migrate(ctx, url, to)
	return StoreVersion{m}, err
}
