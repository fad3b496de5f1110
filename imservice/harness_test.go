package imservice

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(served{m}) }

// served are tests with a PostgreSQL.
type served struct{ m *testing.M }

func (s served) Run() int { return postgrestest.Main(s.m) }

// cheap makes hashes fast; what a hash costs is no matter of these tests.
var cheap = PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1}

// signer is what lets users at media in tests.
func signer() *media.Signer {
	return &media.Signer{Key: make([]byte, media.MinKey), URL: "http://media.test", Most: 1 << 20}
}

// onPostgres is the test whose subtests have worlds on PostgreSQL.
const onPostgres = "TestLongOnPostgres/"

// world is a message service on a real store: pebble in a file system in memory,
// or postgres below onPostgres.
type world struct {
	t       testing.TB
	fs      vfs.FS
	url     string // of the database; "" for pebble
	options Options
	store   store.Store
	server  *Server
	notices *noticeBook
	clock   *clock
	users   []uint64
}

// newWorld starts a service with so many accounts, u1, u2 and so on.
func newWorld(t testing.TB, users int, change ...func(*Options)) *world {
	w := &world{t: t, fs: vfs.NewMem(), clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, Media: signer()}
	for _, f := range change {
		f(&w.options)
	}
	if strings.HasPrefix(t.Name(), onPostgres) {
		w.url = newDatabase(t, postgrestest.Database(t))
	}
	w.open()
	t.Cleanup(w.close)
	w.createUsers(users)
	return w
}

// createUsers makes so many accounts, u1, u2 and so on.
func (w *world) createUsers(users int) {
	w.t.Helper()
	for i := range users {
		a, err := w.store.CreateAccount(fmt.Sprintf("u%d", i+1), "", w.clock.now())
		w.must(err)
		w.users = append(w.users, a.UID)
	}
}

func (w *world) open() {
	w.t.Helper()
	var s store.Store
	var err error
	if w.url == "" {
		s, err = pebble.Open(pebble.Options{Dir: "data", FS: w.fs, Now: w.clock.now, MemTableSize: 1 << 20})
	} else {
		s, err = postgres.Open(postgres.Options{URL: w.url})
	}
	w.must(err)
	w.store, w.options.Store = s, s
	w.serve()
}

// newDatabase migrates an empty database and returns its URL.
func newDatabase(t testing.TB, url string) string {
	t.Helper()
	if _, err := postgres.Migrate(context.Background(), url, 0); err != nil {
		t.Fatal(err)
	}
	return url
}

// serve starts a service on the open store.
func (w *world) serve() {
	w.t.Helper()
	var err error
	w.server, err = New(w.options)
	w.must(err)
	w.notices = &noticeBook{}
	w.server.Start(w.notices)
}

func (w *world) close() {
	if w.server == nil {
		return
	}
	if err := w.server.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
	w.store.Close() // a store that a test broke says so
	w.server = nil
}

func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// send sends one batch and returns its outcomes.
func (w *world) send(items ...rpc.Send) []rpc.SendResult {
	w.t.Helper()
	s := newSink()
	w.must(w.server.Send(context.Background(), &rpc.Sends{Items: items}, s))
	return s.wait(len(items))
}

// text is a message of a user's first device.
func text(from, to, counter uint64, body string) rpc.Send {
	return rpc.Send{
		Conn: from, UID: from, Device: 1, Counter: counter,
		Conv: msgdef.Pair(from, to), Kind: msgdef.ContentText, Body: []byte(body),
	}
}

// inbox pulls everything a user has, page by page.
func (w *world) inbox(uid uint64) (all []msgdef.Entry) {
	w.t.Helper()
	for after := uint64(0); ; {
		page := w.pull(rpc.Pull{UID: uid, After: after, StoreEpoch: w.store.Epoch()})
		if page.Code != msgdef.CodeOK || page.Status != msgdef.SyncOK {
			w.t.Fatalf("pull of %d after %d: %v %v", uid, after, page.Code, page.Status)
		}
		if len(page.Entries) == 0 {
			if after != page.Head {
				w.t.Fatalf("inbox of %d ends at %d, head is %d", uid, after, page.Head)
			}
			return all
		}
		all = append(all, page.Entries...)
		after = page.Entries[len(page.Entries)-1].USeq
	}
}

func (w *world) pull(p rpc.Pull) rpc.Page {
	w.t.Helper()
	pages, err := w.server.GetMsg(context.Background(), &rpc.Pulls{Items: []rpc.Pull{p}})
	w.must(err)
	return pages.Items[0]
}

func (w *world) conv(p rpc.ConvPull) rpc.ConvPage {
	w.t.Helper()
	pages, err := w.server.GetConv(context.Background(), &rpc.ConvPulls{Items: []rpc.ConvPull{p}})
	w.must(err)
	return pages.Items[0]
}

func (w *world) read(uid uint64, conv msgdef.Conversation, cseq uint64) msgdef.ErrorCode {
	w.t.Helper()
	out, err := w.server.Read(context.Background(), &rpc.Reads{Items: []rpc.Read{{UID: uid, Conv: conv, CSeq: cseq}}})
	w.must(err)
	return out.Items[0].Code
}

func decode(t testing.TB, encoded []byte) msgdef.Message {
	t.Helper()
	var m msgdef.Message
	if err := m.Decode(encoded); err != nil {
		t.Fatal(err)
	}
	return m
}

// sink keeps outcomes, as a gate would keep none.
type sink struct {
	mu      sync.Mutex
	more    *sync.Cond
	results []rpc.SendResult
}

func newSink() *sink {
	s := &sink{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *sink) Sent(r *rpc.SendResults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results = append(s.results, r.Items...)
	s.more.Broadcast()
}

// wait returns the first n outcomes once they are there.
func (s *sink) wait(n int) []rpc.SendResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.results) < n {
		s.more.Wait()
	}
	return s.results
}

// noticeBook keeps notices.
type noticeBook struct {
	mu     sync.Mutex
	list   []notice
	topics []topic
}

type notice struct {
	rpc.Recipient
	message []byte
}

type topic struct {
	rpc.Topic
	message []byte
}

func (b *noticeBook) Notify(_ context.Context, n *rpc.Notices) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, to := range n.To {
		b.list = append(b.list, notice{to, append([]byte(nil), n.Messages[to.Message]...)})
	}
	if len(n.Topics) > maxTopics {
		panic("too many topics")
	}
	for _, t := range n.Topics {
		b.topics = append(b.topics, topic{*t.Clone(), append([]byte(nil), n.Messages[t.Message]...)})
	}
	return nil
}

// allTopics returns what watchers were told.
func (b *noticeBook) allTopics() []topic {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]topic(nil), b.topics...)
}

func (b *noticeBook) all() []notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]notice(nil), b.list...)
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.UnixMilli(1_700_000_000_000)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
