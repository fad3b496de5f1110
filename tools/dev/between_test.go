package dev

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
)

// between is somebody between a client and a gate, who changes what passes.
type between struct {
	t    *testing.T
	l    net.Listener
	gate string

	hello  func([]byte) // changes a Hello packet; nil leaves it
	login  func([]byte) // changes what follows it; nil leaves it
	refuse []byte       // answers Hello instead of the gate; nil asks the gate

	mu    sync.Mutex
	heard [][]byte // what clients have said, by connection
	all   sync.WaitGroup
}

func newBetween(t *testing.T, gate string) *between {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &between{t: t, l: l, gate: gate}
	b.all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.all.Go(func() { b.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); b.all.Wait() })
	return b
}

// serve brings one connection to the gate.
func (b *between) serve(conn net.Conn) {
	defer conn.Close()
	hello := b.readHello(conn)
	b.mu.Lock()
	n := len(b.heard)
	b.heard = append(b.heard, slices.Clone(hello))
	b.mu.Unlock()
	if b.refuse != nil {
		_, _ = conn.Write(b.refuse)
		b.listen(n, conn, io.Discard)
		return
	}
	up, err := net.Dial("tcp", b.gate)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer up.Close()
	if b.hello != nil {
		b.hello(hello)
	}
	_, _ = up.Write(hello)
	b.all.Go(func() {
		_, _ = io.Copy(conn, up)
		conn.Close()
	})
	b.listen(n, conn, up)
}

// readHello reads the first packet of a client.
func (b *between) readHello(conn net.Conn) (hello []byte) {
	for one := make([]byte, 1); ; {
		if _, err := io.ReadFull(conn, one); err != nil {
			return hello
		}
		hello = append(hello, one...)
		if n, err := secure.HelloSize(hello); err != nil || n > 0 {
			return hello
		}
	}
}

// listen passes on what a client says after Hello, until it ends.
func (b *between) listen(n int, conn net.Conn, up io.Writer) {
	for buf, first := make([]byte, 64<<10), true; ; first = false {
		got, err := conn.Read(buf)
		b.mu.Lock()
		b.heard[n] = append(b.heard[n], buf[:got]...)
		b.mu.Unlock()
		if got > 0 && first && b.login != nil {
			b.login(buf[:got])
		}
		_, _ = up.Write(buf[:got])
		if err != nil {
			return
		}
	}
}

// said returns what clients have said.
func (b *between) said() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.heard)
}

// TestSomebodyBetween changes the version, suite and codec that a client asks
// for, forges the gate's refusal, and changes the login. There is no session, and
// in no case does the client ask for less, or show its password.
func TestSomebodyBetween(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.AdmitClassical = true }) // a gate that would take less
	forged := secure.AppendRefusal(nil, &msgdef.Refusal{Code: msgdef.CodeSuite, Versions: []byte{secure.Version}, Suites: []byte{byte(secure.ClassicalAESGCM)}})
	for name, c := range map[string]struct {
		change func(*between)
		want   []error
		code   msgdef.ErrorCode
		login  bool // the client gets as far as to send it
	}{
		"nothing":       {func(*between) {}, nil, 0, true},
		"version":       {func(b *between) { b.hello = func(p []byte) { p[3]++ } }, []error{client.ErrRefused}, msgdef.CodeVersion, false},
		"suite":         {func(b *between) { b.hello = func(p []byte) { p[4] = byte(secure.ClassicalAESGCM) } }, []error{client.ErrUnreachable}, 0, false},
		"other cipher":  {func(b *between) { b.hello = func(p []byte) { p[4] = byte(secure.HybridChaCha) } }, []error{client.ErrProtocol, secure.ErrAuth}, 0, false},
		"codec":         {func(b *between) { b.hello = func(p []byte) { p[5] = byte(codec.JSON) } }, []error{client.ErrProtocol, secure.ErrAuth}, 0, false},
		"unknown codec": {func(b *between) { b.hello = func(p []byte) { p[5] = 99 } }, []error{client.ErrRefused}, msgdef.CodeCodec, false},
		"the refusal":   {func(b *between) { b.refuse = forged }, []error{client.ErrRefused}, msgdef.CodeSuite, false},
		"the login":     {func(b *between) { b.login = func(p []byte) { p[len(p)/2] ^= 1 } }, []error{client.ErrUnreachable}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBetween(t, w.server.Addr())
			c.change(b)
			o := w.options("alice")
			o.Address, o.Dialer = b.l.Addr().String(), new(tcp.Dialer)
			alice, err := client.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer alice.Close()
			before, _, _ := w.server.Stats()
			err = alice.Connect(t.Context())
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("the client says %v, want %v", err, want)
				}
			}
			var e *client.Error
			if errors.As(err, &e); c.code != 0 && (e == nil || e.Code != c.code) {
				t.Errorf("the client says %v, want %v", err, c.code)
			}
			after, _, _ := w.server.Stats()
			for end := time.Now().Add(patience); err == nil && after.Logins == before.Logins && time.Now().Before(end); after, _, _ = w.server.Stats() {
				time.Sleep(time.Millisecond) // a login is counted when LoginOK has been written
			}
			if (err == nil) != (len(c.want) == 0) || (after.Logins != before.Logins) != (err == nil) {
				t.Errorf("%v; %d logins", err, after.Logins-before.Logins)
			}
			if s := alice.Status(); s.Phase == client.Stopped || errors.Is(err, client.ErrRefused) != errors.Is(s.Err, client.ErrUnconfirmed) {
				t.Errorf("the client is %v: %v", s.Phase, s.Err)
			}
			alice.Close()
			for _, said := range b.said() {
				n, err := secure.HelloSize(said)
				if err != nil || secure.Suite(said[4]) != secure.HybridAESGCM || said[5] != byte(codec.Binary) || (len(said) > n) != c.login {
					t.Errorf("the client has said %d bytes behind % x: %v", len(said)-n, said[:6], err)
				}
			}
		})
	}
	for _, r := range []gate.Reason{gate.ReasonVersion, gate.ReasonCodec, gate.ReasonAuth} {
		stats, _, _ := w.server.Stats()
		for end := time.Now().Add(patience); stats.Closes[r] == 0 && time.Now().Before(end); stats, _, _ = w.server.Stats() {
			time.Sleep(time.Millisecond) // a refused connection lingers
		}
		if stats.Closes[r] == 0 {
			t.Errorf("no connection is counted as closed for %v: %v", r, stats.Closes)
		}
	}
}
