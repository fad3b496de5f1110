package secure

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

// ticket is one of a session that is bound.
func (e ends) ticket(id byte) Ticket {
	t := Ticket{ID: [16]byte{id}, Suite: e.client.Suite()}
	t.Secret = e.client.TicketSecret(t.ID)
	return t
}

func (w *world) resumption(t Ticket, login string) *ClientResumption {
	w.tb.Helper()
	c := ClientConfig{Roots: w.roots, Now: clock, Accept: suites(), Rand: seeded(5)}
	return ok[*ClientResumption](w.tb)(NewClientResumption(c, t, []byte(login)))
}

// open has a gate take a packet under a secret.
func (w *world) open(packet []byte, secret [32]byte) (*ServerResumption, []byte, error) {
	w.tb.Helper()
	r, reply, err := w.server(6).Resume(packet)
	if err != nil || reply != nil {
		w.tb.Fatalf("Resume: %x, %v", reply, err)
	}
	login, err := r.Open(secret)
	return r, login, err
}

// resume goes all the way.
func (w *world) resume(t Ticket) ends {
	w.tb.Helper()
	c := w.resumption(t, "login")
	r, login, err := w.open(c.Packet(), t.Secret)
	if err != nil || string(login) != "login" || r.Ticket() != t.ID || r.Suite() != t.Suite || r.Codec() != codec.Binary {
		w.tb.Fatalf("login %q for ticket %x: %v", login, r.Ticket(), err)
	}
	reply, server, err := r.Accept([]byte("login ok"))
	if err != nil {
		w.tb.Fatal(err)
	}
	if n, err := ResumeReplySize(reply); n != len(reply) || err != nil {
		w.tb.Fatalf("reply of %d bytes is measured as %d, %v", len(reply), n, err)
	}
	client, loginOK, err := c.Reply(reply)
	if err != nil || string(loginOK) != "login ok" {
		w.tb.Fatalf("%q, %v", loginOK, err)
	}
	return ends{client, server}
}

func TestResume(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		t.Run(suite.String(), func(t *testing.T) {
			w := w.in(t)
			full := w.bound(suite)
			first := full.ticket(1)
			if first.Secret != full.server.TicketSecret(first.ID) {
				t.Fatal("the ends disagree about the ticket's secret")
			}
			e := w.resume(first)
			if e.client.origin.base == full.client.origin.base || e.client.origin.base != e.server.origin.base {
				t.Fatal("base secrets")
			}
			e.bind(t)
			talk(t, e, "under session keys")
			if e.client.Suite() != suite || e.server.Suite() != suite {
				t.Error("suites differ")
			}
			next := w.resume(e.ticket(1))
			next.bind(t)
			talk(t, next, "after resuming a resumed session")
			if next.client.ResumeSecret() == e.client.ResumeSecret() {
				t.Error("secrets of tickets repeat")
			}
		})
	}
}

// TestARepeatedResume is as far as somebody gets who recorded the packet: the
// gate answers, and no record of theirs opens.
func TestARepeatedResume(t *testing.T) {
	w := newWorld(t)
	ticket := w.bound(HybridAESGCM).ticket(1)
	packet := w.resumption(ticket, "login").Packet()
	r, _, err := w.open(packet, ticket.Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, server, err := r.Accept([]byte("login ok"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Out.Append(nil, text("too early"), now); !errors.Is(err, ErrUnbound) {
		t.Errorf("sealed before there was a key: %v", err)
	}
	if _, err := server.In.Open(make([]byte, 64)); !errors.Is(err, ErrUnbound) {
		t.Errorf("opened before there was a key: %v", err)
	}
	if err := server.Bind(sessionID(), []byte("login"), []byte("login ok")); err != nil {
		t.Fatal(err)
	}
	earlier := w.resume(ticket)
	earlier.bind(t)
	record := seal(t, &earlier.client.Out, text("what was recorded"))
	r2, _, _ := w.open(packet, ticket.Secret)
	r2.handshake = w.serverWith(ServerConfig{Rand: seeded(99)})
	if _, err := r2.Open(ticket.Secret); err != nil {
		t.Fatal(err)
	}
	_, server, err = r2.Accept([]byte("login ok"))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Bind(sessionID(), []byte("login"), []byte("login ok")); err != nil {
		t.Fatal(err)
	}
	if _, err := receive(&server.In, record); !errors.Is(err, ErrAuth) {
		t.Errorf("a recorded record opens: %v", err)
	}
}

func TestEveryBitOfResumeCounts(t *testing.T) {
	w := newWorld(t)
	ticket := w.bound(HybridAESGCM).ticket(1)
	packet := w.resumption(ticket, "login").Packet()
	for i := range packet {
		for bit := range 8 {
			changed := bytes.Clone(packet)
			changed[i] ^= 1 << bit
			r, _, err := w.server(6).Resume(changed)
			if err != nil {
				continue
			}
			if _, err := r.Open(ticket.Secret); err == nil {
				t.Fatalf("bit %d of byte %d may be changed", bit, i)
			}
		}
	}
	r, _, _ := w.open(packet, ticket.Secret)
	reply, _, err := r.Accept([]byte("login ok"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range reply {
		changed := bytes.Clone(reply)
		changed[i] ^= 1
		if _, _, err := w.resumption(ticket, "login").Reply(changed); err == nil {
			t.Fatalf("byte %d of the reply may be changed", i)
		}
	}
}

func TestResumeNeedsTheSecret(t *testing.T) {
	w := newWorld(t)
	e := w.bound(HybridAESGCM)
	packet := w.resumption(e.ticket(1), "login").Packet()
	if _, _, err := w.open(packet, e.ticket(2).Secret); !errors.Is(err, ErrAuth) {
		t.Errorf("under the secret of another ticket: %v", err)
	}
	r, _, err := w.server(6).Resume(packet)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Accept(nil); !errors.Is(err, ErrSpent) {
		t.Errorf("accepted before it was opened: %v", err)
	}
}

func TestNoTicket(t *testing.T) {
	w := newWorld(t)
	c := w.resumption(w.bound(HybridAESGCM).ticket(1), "login")
	if _, _, err := c.Reply(AppendNoTicket(nil)); !errors.Is(err, ErrNoTicket) {
		t.Errorf("%v", err)
	}
	if _, _, err := c.Reply(AppendNoTicket(nil)); !errors.Is(err, ErrSpent) {
		t.Errorf("the second reply: %v", err)
	}
	if _, err := w.client(HybridAESGCM, 3).Reply(AppendNoTicket(nil)); !errors.Is(err, ErrMalformed) {
		t.Errorf("in answer to Hello: %v", err)
	}
}

func TestResumeRefusals(t *testing.T) {
	w := newWorld(t)
	good := w.resumption(w.bound(HybridAESGCM).ticket(1), "login").Packet()
	for name, c := range map[string]struct {
		change func(p []byte) []byte
		code   msgdef.ErrorCode
	}{
		"version": {func(p []byte) []byte { p[3] = 2; return p[:6] }, msgdef.CodeVersion},
		"suite":   {func(p []byte) []byte { p[4] = 77; return p }, msgdef.CodeSuite},
		"codec":   {func(p []byte) []byte { p[5] = 9; return p }, msgdef.CodeCodec},
	} {
		packet := c.change(bytes.Clone(good))
		if n, err := ResumeSize(packet); n != len(packet) || err != nil {
			t.Errorf("%s: size %d, %v", name, n, err)
		}
		r, reply, err := w.server(6).Resume(packet)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Refusal.Code != c.code || r != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := w.resumption(w.bound(HybridAESGCM).ticket(1), "login").Reply(reply); !errors.As(err, &refused) || refused.Refusal.Code != c.code {
			t.Errorf("%s: the client has %v", name, err)
		}
	}
	for n := range good {
		if size, err := ResumeSize(good[:n]); size != 0 || err != nil {
			t.Fatalf("%d bytes: size %d, %v", n, size, err)
		}
	}
	if !IsResume(good) || IsResume(good[:2]) || IsResume(w.client(HybridAESGCM, 3).Hello()) {
		t.Error("IsResume is wrong")
	}
	if _, err := NewClientResumption(ClientConfig{Roots: w.roots, Now: clock}, w.bound(HybridAESGCM).ticket(1), make([]byte, maxMessage)); err == nil {
		t.Error("a Login that no packet holds")
	}
}

func TestTicketKeys(t *testing.T) {
	k := ok[*TicketKeys](t)(NewTicketKeys(seeded(1)))
	body := &msgdef.TicketBody{Secret: [32]byte{1}, UID: 2, Device: 3, Suite: 1, Full: 4, Generation: 5, Expires: now.UnixMilli()}
	id := [16]byte{9}
	box := ok[[]byte](t)(k.Seal(id, body))
	if len(box) > 256 {
		t.Errorf("a box of %d bytes, rpc.Ticket takes 256", len(box))
	}
	read := ok[*TicketKeys](t)(ParseTicketKeys(append([]byte("# of a region\n\n"), k.Encode()...)))
	if got := ok[*msgdef.TicketBody](t)(read.Open(id, box)); *got != *body {
		t.Errorf("%+v", got)
	}
	newer := ok[*TicketKeys](t)(NewTicketKeys(seeded(2)))
	if got := ok[*msgdef.TicketBody](t)(k.With(newer).Open(id, box)); *got != *body {
		t.Errorf("after a rotation: %+v", got)
	}
	if _, err := newer.Open(id, box); !errors.Is(err, ErrNoTicket) {
		t.Errorf("under other keys: %v", err)
	}
	if got := ok[[]byte](t)(k.With(newer).Seal(id, body)); !bytes.Equal(got, ok[[]byte](t)(newer.Seal(id, body))) {
		t.Error("the newer key does not seal")
	}
	if _, err := k.Open([16]byte{8}, box); !errors.Is(err, ErrNoTicket) {
		t.Errorf("as another ticket: %v", err)
	}
	for i := range box {
		changed := bytes.Clone(box)
		changed[i] ^= 1
		if _, err := k.Open(id, changed); !errors.Is(err, ErrNoTicket) {
			t.Fatalf("byte %d may be changed: %v", i, err)
		}
		if _, err := k.Open(id, box[:i]); !errors.Is(err, ErrNoTicket) {
			t.Fatalf("%d bytes: %v", i, err)
		}
	}
	if bytes.Contains([]byte(k.String()), k.Encode()[len(ticketKeyPrefix):40]) {
		t.Error("String tells the key")
	}
}

func TestTicketKeyFilesAreChecked(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":    "# none\n",
		"no prefix":  "abcd\n",
		"short":      ticketKeyPrefix + "AAAA\n",
		"zero":       ticketKeyPrefix + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"two wrongs": "x\ny\n",
	} {
		k, err := ParseTicketKeys([]byte(text))
		if err == nil {
			t.Errorf("%s: %v", name, k)
		}
		if name == "two wrongs" && (!bytes.Contains([]byte(err.Error()), []byte("line 1")) || !bytes.Contains([]byte(err.Error()), []byte("line 2"))) {
			t.Errorf("not every mistake is told: %v", err)
		}
	}
	if _, err := NewTicketKeys(bytes.NewReader(nil)); !errors.Is(err, io.EOF) && err == nil {
		t.Error("a key without randomness")
	}
}

// BenchmarkResume is a gate's share of a resumed login beside that of a full
// one, taking turns.
//
//	resumed-µs  box opened, message read and answered, session bound, two tickets sealed
//	full-µs     see BenchmarkHandshake
//	of-full     resumed ÷ full
func BenchmarkResume(b *testing.B) {
	w := newWorld(b)
	for _, suite := range suites()[:2] {
		b.Run(suite.String(), func(b *testing.B) {
			w := w.in(b)
			l := w.relogin(suite)
			ticket := w.bound(suite).ticket(1)
			keys := ok[*TicketKeys](b)(NewTicketKeys(seeded(1)))
			body := &msgdef.TicketBody{Secret: ticket.Secret}
			box := ok[[]byte](b)(keys.Seal(ticket.ID, body))
			packet := w.resumption(ticket, "login, some sixty bytes of it, as it stands on the wire").Packet()
			server := w.serverWith(ServerConfig{})
			resume := func() error {
				r, _, err := server.Resume(packet)
				if err != nil {
					return err
				}
				body, err := keys.Open(r.Ticket(), box)
				if err != nil {
					return err
				}
				login, err := r.Open(body.Secret)
				if err != nil {
					return err
				}
				_, s, err := r.Accept([]byte("login ok, a hundred bytes of it"))
				if err != nil {
					return err
				}
				if err := s.Bind(sessionID(), login, []byte("login ok, a hundred bytes of it")); err != nil {
					return err
				}
				for i := range byte(2) {
					id := [16]byte{i}
					if _, err := keys.Seal(id, &msgdef.TicketBody{Secret: s.TicketSecret(id)}); err != nil {
						return err
					}
				}
				return nil
			}
			var resumed, full time.Duration
			runs := 0
			for b.Loop() {
				resumed += spent(b, resume)
				full += spent(b, func() error { l.run(); return nil })
				runs += turnsOf
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(resumed)/float64(runs)/1e3, "resumed-µs")
			b.ReportMetric(float64(full)/float64(runs)/1e3, "full-µs")
			b.ReportMetric(float64(resumed)/float64(full), "of-full")
		})
	}
}
