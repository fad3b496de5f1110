package quic_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport/quic"
)

// TestRetryTurnsOnAndOff asks for proofs while many are pending, of all or of
// one address, and no longer. Those who give them get in.
func TestRetryTurnsOnAndOff(t *testing.T) {
	for name, options := range map[string]quic.Options{
		"of all":         {RetryAbove: 2, Greeting: time.Hour},
		"of one address": {PendingPerAddress: 8, Greeting: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			l, d := listenWith(t, options)
			defer l.Close()
			first, second := dialRaw(t, l, d), dialRaw(t, l, d)
			before := l.Stats().Retried
			if before != 0 {
				t.Errorf("%d were asked for a proof without load", before)
			}
			for range 3 {
				client, server := connect(t, l, d)
				exchange(t, client, server)
				now := l.Stats().Retried
				if now == before {
					t.Error("nobody was asked for a proof under load")
				}
				before = now
			}
			first.CloseWithError(0, "")
			second.CloseWithError(0, "")
			eventually(t, l, func(s quic.Stats) bool { return s.Pending == 0 })
			client, server := connect(t, l, d)
			exchange(t, client, server)
			if n := l.Stats().Retried; n != before {
				t.Errorf("%d were asked for a proof after it", n-before)
			}
		})
	}
}

// TestNotAdmitted refuses at the first packet, before TLS has anything to do.
func TestNotAdmitted(t *testing.T) {
	id := newIdentity(t)
	var closed atomic.Bool
	var hellos atomic.Int32
	config := id.server.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		hellos.Add(1)
		return nil, nil
	}
	var wasted atomic.Int32
	l, err := quic.Listen("127.0.0.1:0", config, quic.Options{Wasted: func(netip.Addr) { wasted.Add(1) }, Admits: func(addr netip.Addr) bool {
		return !closed.Load() || addr != netip.MustParseAddr("127.0.0.1")
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := quic.Dialer{TLS: id.client}
	connect(t, l, d)
	closed.Store(true)
	before := hellos.Load()
	const tries = 5
	for range tries {
		_, err := d.Dial(context.Background(), l.Addr())
		var failed *quic.HandshakeError
		if !errors.As(err, &failed) || failed.Reason != quic.ReasonRefused {
			t.Errorf("dial from an address that is not admitted: %v", err)
		}
	}
	if s := l.Stats(); s.Failed[quic.ReasonLimited] < tries || s.Pending != 0 || hellos.Load() != before {
		t.Errorf("%+v, and TLS saw %d hellos", s, hellos.Load()-before)
	}
	closed.Store(false)
	connect(t, l, d)
	if n := wasted.Load(); n != 0 {
		t.Errorf("%d wasted, of connections that were accepted and packets that were refused", n)
	}
	other := id.client.Clone()
	other.NextProtos = []string{"another"}
	if _, err := (quic.Dialer{TLS: other}).Dial(context.Background(), l.Addr()); err == nil {
		t.Error("connected with another protocol")
	}
	for l.Stats().Pending > 0 {
		time.Sleep(time.Millisecond)
	}
	// Half of a hello that is said again, because the answer was slow, is an attempt of its own.
	if n, failed := wasted.Load(), failures(l.Stats()); n < 1 || uint64(n) != failed {
		t.Errorf("%d wasted of %d that failed", n, failed)
	}
}

// failures counts the attempts that were admitted, and never reached Accept.
func failures(s quic.Stats) (n uint64) {
	for reason, failed := range s.Failed {
		if reason != quic.ReasonLimited && reason != quic.ReasonCrowded {
			n += failed
		}
	}
	return n
}

// TestNoEarlyData has a client that knows the gate send before the handshake is
// over: it is not heard before, however much it would like to.
func TestNoEarlyData(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: time.Hour})
	defer l.Close()
	sessions := &sessions{ClientSessionCache: tls.NewLRUClientSessionCache(4), put: make(chan struct{}, 16)}
	config := d.TLS.Clone()
	config.ClientSessionCache, config.ServerName = sessions, "127.0.0.1"
	for range 2 {
		c, err := quicgo.DialAddrEarly(context.Background(), l.Addr(), config, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseWithError(0, "")
		main, err := c.OpenStream()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := main.Write([]byte{quic.StreamMain, 'x'}); err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		<-c.HandshakeComplete()
		if c.ConnectionState().Used0RTT {
			t.Error("early data was taken")
		}
		<-sessions.put // the next one has a ticket
	}
}

// sessions tells that a ticket has come.
type sessions struct {
	tls.ClientSessionCache
	put chan struct{}
}

// Put implements tls.ClientSessionCache.
func (s *sessions) Put(key string, state *tls.ClientSessionState) {
	s.ClientSessionCache.Put(key, state)
	s.put <- struct{}{}
}

// TestStreamsAreFew: of each kind a client has credit for one, also when it has
// ended, and also after the gate has accepted it.
func TestStreamsAreFew(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	c := dialRaw(t, l, d)
	main, err := c.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	main.Write([]byte{quic.StreamMain})
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	beside, err := c.OpenUniStream()
	if err != nil {
		t.Fatal(err)
	}
	beside.Write([]byte("x"))
	beside.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.OpenUniStreamSync(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second stream beside: %v", err)
	}
	if _, err := c.OpenStreamSync(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second main stream: %v", err)
	}
	main.Write([]byte("word"))
	got := make([]byte, 4)
	if n, err := server.Read(got); err != nil || string(got[:n]) != "word" {
		t.Errorf("the first stream: %q, %v", got[:n], err)
	}
}
