package client

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crypto/rand"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is the server end of tests: real handshakes and records over the memory
// transport, and answers that the test writes itself.
type gate struct {
	t         testing.TB
	network   memory.Network
	listener  transport.Listener
	handshake *secure.ServerHandshake
	roots     *secure.Roots
	tickets   map[[16]byte]given
}

// hello answers the Hello packet that b begins with.
func (g *gate) hello(conn transport.Conn, b []byte) (used int, reply []byte, keys *secure.Session, err error) {
	if s, ok := conn.(transport.Secured); ok {
		if used, err = secure.TLSHelloSize(b); used > 0 {
			reply, keys, err = g.handshake.TLSHello(b[:used], s.Export)
		}
		return used, reply, keys, err
	}
	if used, err = secure.HelloSize(b); used > 0 {
		reply, keys, err = g.handshake.Hello(b[:used])
	}
	return used, reply, keys, err
}

// The user of tests.
const (
	testUID    = 7
	testEpoch  = 99
	testDevice = 0xd0
)

func newGate(t testing.TB) *gate {
	t.Helper()
	g := &gate{t: t}
	root := must(secure.NewRootKey(rand.Reader))
	now := time.Now()
	key := must(secure.NewGateKey(rand.Reader, root, "test", now.Add(-time.Hour), now.Add(1000*time.Hour)))
	g.handshake = must(secure.NewServerHandshake(secure.ServerConfig{Key: key, Admit: []secure.Suite{secure.HybridAESGCM, secure.ClassicalAESGCM}}))
	g.roots = must(secure.NewRoots(root.Public()))
	g.listener = must(g.network.Listen("gate"))
	t.Cleanup(func() { g.listener.Close() })
	return g
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// options are those of a client without random waits: jitter is the whole limit.
func (g *gate) options() Options {
	return Options{
		Address: "gate", Dialer: &g.network, Roots: g.roots,
		Account: "alice", Password: "secret", Device: testDevice,
		Backoff: Backoff{Jitter: func(limit time.Duration) time.Duration { return limit }},
	}
}

// client returns a client that is closed when the test ends.
func (g *gate) client(o Options) *Client {
	g.t.Helper()
	c, err := New(o)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			g.t.Errorf("Close: %v", err)
		}
	})
	return c
}

// peer is the server end of one connection.
type peer struct {
	t      testing.TB
	conn   transport.Conn
	keys   *secure.Session
	buf    []byte
	queue  []frame.Frame  // bodies are copies
	bulk   transport.Bulk // inside TLS, from the first page on
	pages  *secure.Sealer // of bulk
	login  msgdef.Login
	listed bool // conversations are not to be listed by itself any more
}

// accept takes a connection and makes the handshake.
func (g *gate) accept() *peer {
	g.t.Helper()
	conn, err := g.listener.Accept()
	if err != nil {
		g.t.Fatal(err)
	}
	p := &peer{t: g.t, conn: conn}
	g.t.Cleanup(func() { conn.Close() })
	g.agree(p)
	return p
}

// agree makes the handshake.
func (g *gate) agree(p *peer) {
	g.t.Helper()
	for {
		n, reply, keys, err := g.hello(p.conn, p.buf)
		if err != nil {
			g.t.Fatal(err)
		}
		if n > 0 {
			p.buf, p.keys = p.buf[n:], keys
			p.write(reply)
			return
		}
		if err := p.readMore(); err != nil {
			g.t.Fatal(err)
		}
	}
}

// admit takes a connection and logs it in. Zero fields of ok get values.
func (g *gate) admit(ok msgdef.LoginOK) *peer {
	g.t.Helper()
	p := g.accept()
	p.welcome(ok)
	return p
}

// welcome reads Login and answers it. Zero fields of ok get values.
func (p *peer) welcome(ok msgdef.LoginOK) {
	p.t.Helper()
	body := p.readLogin()
	or(&ok.UID, testUID)
	or(&ok.Account, "alice")
	or(&ok.StoreEpoch, testEpoch)
	ok.Session = [16]byte{1, 2, 3}
	p.send(&ok)
	if err := p.keys.Bind(ok.Session, body, ok.Append(nil)); err != nil {
		p.t.Fatal(err)
	}
}

// readLogin returns the body of Login and keeps it decoded.
func (p *peer) readLogin() []byte {
	p.t.Helper()
	f, err := p.next()
	if err != nil || f.Type != msgdef.TypeLogin {
		p.t.Fatalf("want Login, got %v, %v", f.Type, err)
	}
	if err := p.login.Decode(f.Body); err != nil {
		p.t.Fatal(err)
	}
	return f.Body
}

func (p *peer) readMore() error {
	b := make([]byte, 32<<10)
	n, err := p.conn.Read(b)
	p.buf = append(p.buf, b[:n]...)
	return err
}

func (p *peer) write(b []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// send writes messages as one record; inside TLS pages go beside the others.
func (p *peer) send(messages ...frame.Message) {
	p.t.Helper()
	if err := p.trySend(messages); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) trySend(messages []frame.Message) error {
	var frames, pages []byte
	conn, inside := p.conn.(transport.Secured)
	for _, m := range messages {
		if t := m.Type(); inside && (t == msgdef.TypeMsgPage || t == msgdef.TypeConvPage) {
			pages = frame.Append(pages, m)
		} else {
			frames = frame.Append(frames, m)
		}
	}
	if len(pages) > 0 {
		if p.bulk == nil {
			p.bulk, p.pages = must(conn.OpenBulk()), must(p.keys.BulkSealer())
		}
		if _, err := p.bulk.Write(must(p.pages.Append(nil, pages, time.Now()))); err != nil {
			return err
		}
	}
	if len(frames) == 0 { // a client that did not like the pages may be gone
		return nil
	}
	_, err := p.conn.Write(must(p.keys.Out.Append(nil, frames, time.Now())))
	return err
}

// next returns the next frame, waiting for it.
func (p *peer) next() (frame.Frame, error) {
	for len(p.queue) == 0 {
		n, err := p.keys.In.Open(p.buf)
		if err != nil {
			return frame.Frame{}, err
		}
		if n == 0 {
			if err := p.readMore(); err != nil {
				return frame.Frame{}, err
			}
			continue
		}
		for {
			f, ok, err := p.keys.In.Next()
			if err != nil {
				return frame.Frame{}, err
			}
			if !ok {
				break
			}
			f.Body = append([]byte{}, f.Body...)
			if !p.lists(f) {
				p.queue = append(p.queue, f)
			}
		}
		p.buf = p.buf[n:]
	}
	f := p.queue[0]
	p.queue = p.queue[1:]
	return f, nil
}

// lists answers the question for conversations that a new device asks by itself,
// with none, unless the test has another answer.
func (p *peer) lists(f frame.Frame) bool {
	if f.Type != msgdef.TypeGetConversations || p.listed {
		return false
	}
	var m msgdef.GetConversations
	if err := m.Decode(f.Body); err != nil {
		p.t.Fatal(err)
	}
	p.listed = true
	p.send(&msgdef.Conversations{Req: m.Req, Last: true})
	return true
}

// expect returns the next frame, which is an M.
func expect[M any, P interface {
	*M
	frame.Message
	Decode([]byte) error
}](p *peer) M {
	p.t.Helper()
	var m M
	f, err := p.next()
	if err != nil {
		p.t.Fatalf("want %v, got %v", P(&m).Type(), err)
	}
	if f.Type != P(&m).Type() {
		p.t.Fatalf("want %v, got %v", P(&m).Type(), f.Type)
	}
	if err := P(&m).Decode(f.Body); err != nil {
		p.t.Fatal(err)
	}
	return m
}

// silent checks that nothing comes for d, but frames of some types.
func (p *peer) silent(d time.Duration, but ...msgdef.Type) {
	p.t.Helper()
	p.conn.SetReadDeadline(time.Now().Add(d))
	defer p.conn.SetReadDeadline(time.Time{})
	f, err := p.next()
	for err == nil && slices.Contains(but, f.Type) {
		f, err = p.next()
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatalf("want silence, got %v, %v", f.Type, err)
	}
}

// gone checks that the client ends the connection, whatever it says before.
func (p *peer) gone() {
	p.t.Helper()
	for {
		_, err := p.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// note is the notify of the message at a place of the user's inbox, of which
// everything follows from the place.
func note(useq uint64) *msgdef.Notify {
	return &msgdef.Notify{USeq: useq, Message: stored(useq, 8, 1, useq)}
}

var testConv = msgdef.Pair(testUID, 8)

// stored is an encoded message.
func stored(cseq, from, device, counter uint64) []byte {
	m := msgdef.Message{
		Conv: testConv, CSeq: cseq, From: from, Device: device, Counter: counter,
		At: int64(cseq) * 1000, Kind: msgdef.ContentText, Body: []byte{byte(cseq)},
	}
	return m.Append(nil)
}

// page answers a GetMsg with rows from a useq up to another.
func page(req, from, to uint64) *msgdef.MsgPage {
	p := &msgdef.MsgPage{Req: req, StoreEpoch: testEpoch, Head: to, Last: true}
	for useq := from; useq <= to; useq++ {
		p.Entries = append(p.Entries, msgdef.Entry{USeq: useq, Message: note(useq).Message})
	}
	return p
}

// recorder gathers what callbacks get.
type recorder struct {
	mu       sync.Mutex
	useqs    []uint64
	counters []uint64
	statuses []Status
	resyncs  []Resync
	reads    []msgdef.ReadBy
}

// record adds callbacks to options.
func (r *recorder) record(o Options) Options {
	o.OnMessage = func(m *Message) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.useqs = append(r.useqs, m.USeq)
		r.counters = append(r.counters, m.Counter)
	}
	o.OnState = func(s Status) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.statuses = append(r.statuses, s)
	}
	o.OnResync = func(s Resync) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.resyncs = append(r.resyncs, s)
	}
	o.OnRead = func(b msgdef.ReadBy) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reads = append(r.reads, b)
	}
	return o
}

// got returns the useqs handed over so far.
func (r *recorder) got() []uint64 {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]uint64{}, r.useqs...)
}

// phases returns the phases told so far.
func (r *recorder) phases() (list []Phase) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.statuses {
		list = append(list, s.Phase)
	}
	return list
}

// last returns the status told last.
func (r *recorder) last() Status {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.statuses[len(r.statuses)-1]
}

// online returns a connected client and its peer.
func (g *gate) online(o Options, ok msgdef.LoginOK) (*Client, *peer) {
	g.t.Helper()
	c := g.client(o)
	failed := make(chan error, 1)
	go func() { failed <- c.Connect(context.Background()) }()
	p := g.admit(ok)
	if err := <-failed; err != nil {
		g.t.Fatal(err)
	}
	return c, p
}

// plain runs a test with a clock of its own, outside TLS: of Noise's handshake.
func plain(t *testing.T, test func(t *testing.T, g *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newGate(t)) })
}

// bubble runs a test with a clock of its own, outside and inside TLS.
func bubble(t *testing.T, test func(t *testing.T, g *gate)) {
	t.Helper()
	for name, secured := range map[string]bool{"plain": false, "secured": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				g.network.Secured = secured
				test(t, g)
			})
		})
	}
}
