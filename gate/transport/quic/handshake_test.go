package quic_test

import (
	"context"
	"crypto/tls"
	"errors"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport/quic"
)

// TestRefusedHandshakes dials with the wrong protocol, and with trust in nobody.
// Both ends know the reason.
func TestRefusedHandshakes(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	stranger := newIdentity(t)
	other := d.TLS.Clone()
	other.NextProtos = []string{"sim/2"}
	for reason, config := range map[quic.Reason]*tls.Config{
		quic.ReasonProtocol:    other,
		quic.ReasonCertificate: stranger.client,
	} {
		_, err := quic.Dialer{TLS: config}.Dial(context.Background(), l.Addr())
		var failed *quic.HandshakeError
		if !errors.As(err, &failed) || failed.Reason != reason {
			t.Errorf("want reason %s: %v", reason, err)
		}
		eventually(t, l, func(s quic.Stats) bool { return s.Failed[reason] == 1 && s.Pending == 0 })
	}
}

// TestNoProtocols refuses configurations that could never work.
func TestNoProtocols(t *testing.T) {
	if _, err := quic.Listen("127.0.0.1:0", &tls.Config{}, quic.Options{}); !errors.Is(err, quic.ErrNoALPN) {
		t.Errorf("listen: %v", err)
	}
	if _, err := (quic.Dialer{}).Dial(context.Background(), "127.0.0.1:1"); !errors.Is(err, quic.ErrNoALPN) {
		t.Errorf("dial: %v", err)
	}
}

// TestSwallowed dials a socket that answers nothing, until the context ends.
func TestSwallowed(t *testing.T) {
	hole := bind(t)
	defer hole.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := quic.Dialer{TLS: newIdentity(t).client}.Dial(ctx, hole.LocalAddr().String())
	var failed *quic.HandshakeError
	if !errors.As(err, &failed) || failed.Reason != quic.ReasonTimeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dial into a hole: %v", err)
	}
}

// eventually waits for counters.
func eventually(t *testing.T, l *quic.Listener, holds func(quic.Stats) bool) {
	t.Helper()
	for stop := time.Now().Add(20 * time.Second); !holds(l.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(stop) {
			t.Fatalf("the counters stay at %+v", l.Stats())
		}
	}
}

// dialRaw makes a handshake and opens no stream.
func dialRaw(t *testing.T, l *quic.Listener, d quic.Dialer) *quicgo.Conn {
	t.Helper()
	c, err := quicgo.DialAddr(context.Background(), l.Addr(), d.TLS, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseWithError(0, "") })
	return c
}

// TestStrangers has clients that open no stream, and one whose stream begins
// wrongly; others are accepted meanwhile, and the strangers are dropped in time.
func TestStrangers(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: 300 * time.Millisecond})
	defer l.Close()
	var silent []*quicgo.Conn
	for range 8 {
		silent = append(silent, dialRaw(t, l, d))
	}
	wrong, err := dialRaw(t, l, d).OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	wrong.Write([]byte{0xff})
	client, server := connect(t, l, d)
	exchange(t, client, server)
	eventually(t, l, func(s quic.Stats) bool {
		return s.Failed[quic.ReasonNoStream] == 8 && s.Failed[quic.ReasonBadStream] == 1 && s.Pending == 0
	})
	for _, c := range silent {
		<-c.Context().Done()
	}
	if got := l.Stats().Accepted; got != 1 {
		t.Errorf("%d accepted", got)
	}
}

// TestUnaccepted has nobody call Accept.
func TestUnaccepted(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: 50 * time.Millisecond})
	defer l.Close()
	c, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	eventually(t, l, func(s quic.Stats) bool { return s.Failed[quic.ReasonUnaccepted] == 1 && s.Pending == 0 })
}

// TestSecondMain opens a second bidirectional stream, which there is no credit
// for, also not after the first has ended.
func TestSecondMain(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	c := dialRaw(t, l, d)
	if _, err := c.OpenStream(); err != nil {
		t.Fatal(err)
	}
	var limit *quicgo.StreamLimitReachedError
	if _, err := c.OpenStream(); !errors.As(err, &limit) {
		t.Errorf("a second stream: %v", err)
	}
}

// TestPendingLimit fills the room for pending connections. Of four places for
// all, one address leaves two to the others.
func TestPendingLimit(t *testing.T) {
	for name, options := range map[string]quic.Options{
		"in all":      {Pending: 4, Greeting: time.Hour},
		"per address": {PendingPerAddress: 2, Greeting: time.Hour},
	} {
		l, d := listenWith(t, options)
		dialRaw(t, l, d)
		first := dialRaw(t, l, d)
		_, err := d.Dial(context.Background(), l.Addr())
		var failed *quic.HandshakeError
		if !errors.As(err, &failed) || failed.Reason != quic.ReasonRefused {
			t.Errorf("%s: dial over the limit: %v", name, err)
		}
		if s := l.Stats(); s.Failed[quic.ReasonCrowded] == 0 || s.Pending != 2 {
			t.Errorf("%s: %+v", name, s)
		}
		first.CloseWithError(0, "") // and there is room again
		eventually(t, l, func(s quic.Stats) bool { return s.Pending == 1 })
		connect(t, l, d)
		l.Close()
	}
}

// TestRetry asks for a proof of the address under load, and lets those in that
// give it.
func TestRetry(t *testing.T) {
	l, d := listenWith(t, quic.Options{RetryAbove: 1, Greeting: time.Hour})
	defer l.Close()
	dialRaw(t, l, d)
	if s := l.Stats(); s.Retried != 0 {
		t.Errorf("asked for a proof without load: %+v", s)
	}
	client, server := connect(t, l, d)
	exchange(t, client, server)
	if s := l.Stats(); s.Retried == 0 {
		t.Errorf("asked for no proof under load: %+v", s)
	}
}
