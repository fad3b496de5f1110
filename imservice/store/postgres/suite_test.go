package postgres_test

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/imservice/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// place is a database, which is made when it is first opened.
type place struct {
	t    testing.TB
	once sync.Once
	url  string
	log  *slog.Logger
}

var (
	_ storetest.Sharer = (*place)(nil)
	_ storetest.Tracer = (*place)(nil)
)

func newPlace(t testing.TB) *place {
	return &place{t: t, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// newDatabase returns the URL of an empty database of this version.
func newDatabase(t testing.TB) string {
	t.Helper()
	url := postgrestest.Database(t)
	if _, err := postgres.Migrate(context.Background(), url, 0); err != nil {
		t.Fatal(err)
	}
	return url
}

func (p *place) Open() (store.Store, error) {
	p.once.Do(func() { p.url = newDatabase(p.t) })
	s, err := postgres.Open(postgres.Options{URL: p.url, Logger: p.log})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Shared implements storetest.Sharer.
func (p *place) Shared() {}

func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener { return newPlace(t) })
}

// Traces implements storetest.Tracer.
func (p *place) Traces(t *testing.T, uid uint64) map[string]int {
	return postgrestest.Traces(t, p.url, uid)
}

// Stays implements storetest.Tracer.
func (*place) Stays() map[string]string {
	return map[string]string{
		"standings": "what was decided, for good", "accounts": "the account and its name, for good", "user_locks": "a lock, for good",
		"groups": "whose owner goes with a commit", "gate_lives": "gates", "terms": "regions", "identity": "what the store is",
		"schema_version": "what the store is", "media": "goes when no message carries it", "media_loose": "goes when no message carries it",
		"media_dropped": "goes by itself", "inboxes": "goes with the verdict",
	}
}
