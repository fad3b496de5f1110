package client

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// given is what a gate of tests remembers of a ticket.
type given struct {
	secret [32]byte
	login  msgdef.Login // of the session that it came in
}

// give sends a peer's client tickets, named by bytes.
func (g *gate) give(p *peer, expires time.Time, names ...byte) {
	g.t.Helper()
	if g.tickets == nil {
		g.tickets = make(map[[16]byte]given)
	}
	var m msgdef.Tickets
	for _, name := range names {
		id := [16]byte{name}
		g.tickets[id] = given{p.keys.TicketSecret(id), p.login}
		m.List = append(m.List, msgdef.Ticket{ID: id, Expires: expires.UnixMilli()})
	}
	p.send(&m)
}

// offered takes a connection and the Resume packet it begins with.
func (g *gate) offered() (*peer, *secure.ServerResumption) {
	g.t.Helper()
	p := &peer{t: g.t, conn: must(g.listener.Accept())}
	g.t.Cleanup(func() { p.conn.Close() })
	for {
		n, err := secure.ResumeSize(p.buf)
		if err != nil {
			g.t.Fatal("not resumed: ", err)
		}
		if n == 0 {
			if err := p.readMore(); err != nil {
				g.t.Fatal(err)
			}
			continue
		}
		r, _, err := g.handshake.Resume(bytes.Clone(p.buf[:n]))
		if err != nil {
			g.t.Fatal(err)
		}
		p.buf = p.buf[n:]
		return p, r
	}
}

// resumed takes a connection that comes back with the ticket of a name.
func (g *gate) resumed(name byte, ok msgdef.LoginOK) *peer {
	g.t.Helper()
	p, r := g.offered()
	if r.Ticket() != [16]byte{name} {
		g.t.Fatalf("resumes with %x, want %x", r.Ticket(), name)
	}
	login, err := r.Open(g.tickets[r.Ticket()].secret)
	if err != nil {
		g.t.Fatal(err)
	}
	if err := p.login.Decode(login); err != nil {
		g.t.Fatal(err)
	}
	or(&ok.UID, testUID)
	or(&ok.Account, "alice")
	or(&ok.StoreEpoch, testEpoch)
	ok.Session = [16]byte{3, 2, 1}
	reply, keys, err := r.Accept(ok.Append(nil))
	if err != nil {
		g.t.Fatal(err)
	}
	if err := keys.Bind(ok.Session, login, ok.Append(nil)); err != nil {
		g.t.Fatal(err)
	}
	p.keys = keys
	p.write(reply)
	return p
}

// unknown answers a Resume packet with no ticket, and makes a handshake.
func (g *gate) unknown() *peer {
	g.t.Helper()
	p, _ := g.offered()
	p.write(secure.AppendNoTicket(nil))
	g.agree(p)
	return p
}

// pong answers the ping that a resumed session begins with.
func (p *peer) pong() {
	p.t.Helper()
	p.send(&msgdef.Pong{Nonce: expect[msgdef.Ping](p).Nonce})
}

// flap has a connected client lose its connection.
func flap(p *peer) {
	synctest.Wait()
	p.conn.Close()
}

// withTickets returns a connected client that has got the tickets 1 and 2.
func (g *gate) withTickets(o Options) (*Client, *peer) {
	g.t.Helper()
	c, p := g.online(o, msgdef.LoginOK{Token: []byte("token")})
	g.give(p, time.Now().Add(24*time.Hour), 1, 2)
	synctest.Wait()
	return c, p
}

func wantTickets(t *testing.T, c *Client, names ...byte) {
	t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var got []byte
	for _, ticket := range c.wallet {
		got = append(got, ticket.ID[0])
	}
	if !bytes.Equal(got, names) {
		t.Errorf("has the tickets %v, want %v", got, names)
	}
}

// A client that comes back says no secret, and what waits leaves with the first
// round trip; it is online when the gate has taken that.
func TestResume(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.withTickets(r.record(g.options()))
		flap(p)
		h := c.Queue(testConv, 1, []byte("waits"))
		p = g.resumed(1, msgdef.LoginOK{})
		if p.login.Method != 0 || p.login.Account != "" || len(p.login.Secret) > 0 || p.login.Tickets != 1 || p.login.Device != testDevice {
			t.Errorf("login is %+v", p.login)
		}
		ping := expect[msgdef.Ping](p)
		send := expect[msgdef.Send](p)
		synctest.Wait()
		if s := c.Status(); s.Phase != Connecting {
			t.Errorf("before the gate's first record: %+v", s)
		}
		p.send(&msgdef.Pong{Nonce: ping.Nonce}, note(1))
		p.send(note(2), &msgdef.SendAck{Counter: send.Counter, CSeq: 3, USeq: 3})
		if _, err := h.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		wantUSeqs(t, &r, 1, 2)
		if s := c.Status(); s.Phase != Online || !s.Resumed {
			t.Errorf("status is %+v", s)
		}
		wantPhases(t, &r, Connecting, Online, Waiting, Connecting, Online)
		wantTickets(t, c, 2)

		// What it has room for comes, and stands for the same proof.
		g.give(p, time.Now().Add(24*time.Hour), 3)
		wantTickets(t, c, 2, 3)
		flap(p)
		p = g.resumed(2, msgdef.LoginOK{Head: 3, Cursor: 3})
		p.pong()
		flap(p)
		g.resumed(3, msgdef.LoginOK{Head: 3, Cursor: 3}).pong()
	})
}

// Connect returns when the gate has said that the session is in force.
func TestConnectWaitsForTheGate(t *testing.T) {
	for name, test := range map[string]struct {
		say   func(*peer)
		want  error
		phase Phase
		after time.Duration
	}{
		"pong":       {(*peer).pong, nil, Online, 0},
		"a message":  {func(p *peer) { p.send(note(1)) }, nil, Online, 0},
		"late":       {func(p *peer) { time.Sleep(5 * time.Second); p.pong() }, nil, Online, 5 * time.Second},
		"nothing":    {func(*peer) {}, ErrSilent, Idle, 10 * time.Second},
		"gone":       {func(p *peer) { p.conn.Close() }, ErrUnreachable, Idle, 0},
		"garbage":    {func(p *peer) { p.write(make([]byte, 64)) }, ErrProtocol, Idle, 0},
		"kicked":     {func(p *peer) { p.send(&msgdef.Kicked{Code: msgdef.CodeOtherDevice}) }, ErrKicked, Stopped, 0},
		"banned":     {func(p *peer) { p.send(&msgdef.Error{Of: 1, Code: msgdef.CodeBanned}) }, ErrRefused, Stopped, 0},
		"overloaded": {func(p *peer) { p.send(&msgdef.Error{Of: 1, Code: msgdef.CodeUnavailable}) }, ErrRefused, Idle, 0},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				o := g.options()
				o.State = new(MemoryState)
				first, _ := g.withTickets(o)
				first.Close()
				c := g.client(o)
				start := time.Now()
				failed := later(func() error { return c.Connect(context.Background()) })
				p := g.resumed(1, msgdef.LoginOK{})
				test.say(p)
				if err := <-failed; !errors.Is(err, test.want) {
					t.Errorf("error is %v, want %v", err, test.want)
				}
				if after := time.Since(start); after != test.after {
					t.Errorf("returned after %v, want %v", after, test.after)
				}
				if s := c.Status(); s.Phase != test.phase {
					t.Errorf("status is %+v, want %v", s, test.phase)
				}
				if test.phase == Stopped {
					wantTickets(t, c)
				} else {
					wantTickets(t, c, 2)
				}
			})
		})
	}
}

// A context that ends stops the wait for the gate.
func TestConnectWithATicketEndsWithItsContext(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = new(MemoryState)
		first, _ := g.withTickets(o)
		first.Close()
		c := g.client(o)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := later(func() error { return c.Connect(ctx) })
		g.resumed(1, msgdef.LoginOK{})
		if err := <-failed; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

// An answer that is lost costs one ticket; two cost a login with a proof.
func TestLostAnswerTakesTheNextTicket(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.withTickets(g.options())
		flap(p)
		for want := range 2 {
			p, r := g.offered()
			if r.Ticket() != [16]byte{byte(want + 1)} {
				t.Errorf("ticket %x", r.Ticket())
			}
			p.conn.Close()
		}
		p = g.admit(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthToken, "token")
		if p.login.Tickets != maxTickets {
			t.Errorf("asks for %d tickets", p.login.Tickets)
		}
		wantTickets(t, c)
	})
}

// A ticket that no gate knows costs nothing but the round trips of a handshake.
func TestNoTicketIsAHandshakeOnTheSameConnection(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.withTickets(r.record(g.options()))
		flap(p)
		p = g.unknown()
		p.welcome(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthToken, "token")
		if p.login.Tickets != maxTickets {
			t.Errorf("asks for %d tickets", p.login.Tickets)
		}
		wantPhases(t, &r, Connecting, Online, Waiting, Connecting, Online)
		if c.Status().Resumed {
			t.Error("says that it was resumed")
		}
		wantTickets(t, c) // the other one is of the same login
		g.give(p, time.Now().Add(time.Hour), 3, 4)
		wantTickets(t, c, 3, 4)
	})
}

// What a refusal says of the user or the device ends what tickets stand for.
func TestRefusalsDropTickets(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*peer)
		kept bool
	}{
		"kicked":   {func(p *peer) { p.send(&msgdef.Kicked{Code: msgdef.CodeRevoked}) }, false},
		"banned":   {func(p *peer) { p.send(&msgdef.Error{Code: msgdef.CodeBanned}) }, false},
		"lost":     {func(p *peer) { p.conn.Close() }, true},
		"away":     {func(p *peer) { p.send(&msgdef.GoAway{Window: 1}) }, true},
		"shutdown": {func(p *peer) { p.send(&msgdef.Error{Code: msgdef.CodeShuttingDown}); p.conn.Close() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				o := g.options()
				state := new(MemoryState)
				o.State = state
				c, p := g.withTickets(o)
				test.end(p)
				time.Sleep(100 * time.Millisecond)
				synctest.Wait()
				c.Close()
				if kept := len(state.latest.Tickets) > 0; kept != test.kept {
					t.Errorf("kept is %t", kept)
				}
			})
		})
	}
}

// A refused token takes the tickets along, also when there is another proof.
func TestRefusedTokenDropsTickets(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.withTickets(g.options())
		flap(p)
		p = g.unknown()
		p.readLogin()
		p.send(&msgdef.Error{Of: 1, Code: msgdef.CodeTokenExpired})
		p.gone()
		p = g.admit(msgdef.LoginOK{})
		wantProof(t, p, msgdef.AuthPassword, "secret")
		wantTickets(t, c)
	})
}

// After seven days there is a login with a proof, whatever tickets say.
func TestProofEverySevenDays(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(MemoryState)
		o.State = state
		c, p := g.withTickets(o)
		g.tickets = nil
		year := time.Now().Add(365 * 24 * time.Hour)
		c.Close()
		for i := range state.latest.Tickets {
			state.latest.Tickets[i].Expires = year
		}
		secret := p.keys.TicketSecret([16]byte{1})
		g.tickets = map[[16]byte]given{{1}: {secret: secret}}

		time.Sleep(fullEvery - time.Second)
		c = g.client(o)
		failed := later(func() error { return c.Connect(context.Background()) })
		p = g.resumed(1, msgdef.LoginOK{})
		p.pong()
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		g.give(p, year, 3)
		synctest.Wait()
		c.Close()

		time.Sleep(time.Second)
		_, p = g.online(o, msgdef.LoginOK{})
		if p.login.Tickets != maxTickets || p.login.Method == 0 {
			t.Errorf("login is %+v", p.login)
		}
	})
}

func TestExpiredTicketIsNotUsed(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		_, p := g.online(g.options(), msgdef.LoginOK{})
		g.give(p, time.Now().Add(100*time.Millisecond), 1, 2)
		flap(p)
		g.admit(msgdef.LoginOK{})
	})
}

// A ticket is of a suite, and options may demand another one since.
func TestTicketOfAnotherSuite(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = new(MemoryState)
		o.Suite = secure.ClassicalAESGCM
		c, _ := g.withTickets(o)
		c.Close()
		o.Suite = secure.HybridAESGCM
		_, p := g.online(o, msgdef.LoginOK{})
		if p.keys.Suite() != secure.HybridAESGCM {
			t.Errorf("suite is %v", p.keys.Suite())
		}
	})
}

func TestNoResume(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = new(MemoryState)
		c, _ := g.withTickets(o)
		c.Close()
		o.NoResume = true
		c, p := g.online(o, msgdef.LoginOK{})
		if p.login.Tickets != 0 {
			t.Errorf("asks for %d tickets", p.login.Tickets)
		}
		wantTickets(t, c, 1, 2)
	})
}

// Inside TLS a login with a proof is one round trip too.
func TestNoTicketsInsideTLS(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = new(MemoryState)
		c, p := g.withTickets(o)
		g.network.Secured = true
		flap(p)
		p = g.admit(msgdef.LoginOK{})
		if p.login.Tickets != 0 || p.login.Method == 0 {
			t.Errorf("login is %+v", p.login)
		}
		wantTickets(t, c, 1, 2)
		g.network.Secured = false
		flap(p)
		g.resumed(1, msgdef.LoginOK{}).pong()
	})
}

func TestTicketsOfAnotherAccount(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = new(MemoryState)
		c, _ := g.withTickets(o)
		c.Close()
		for name, test := range map[string]struct {
			account, token string
			want           int
		}{
			"the same":               {"alice", "", 2},
			"the same token":         {"", "token", 2},
			"the same by name":       {"alice", "new", 2},
			"the name is not said":   {"", "new", 0},
			"by a token of the same": {"alice", "token", 2},
		} {
			o := o
			o.Account, o.Token, o.Password = test.account, []byte(test.token), ""
			c := must(New(o))
			if got := len(c.wallet); got != test.want {
				t.Errorf("%s: %d tickets", name, got)
			}
			c.Close()
			o.State.(*MemoryState).latest.Tickets = []Ticket{{ID: [16]byte{1}}, {ID: [16]byte{2}}}
		}
	})
}

// The server has another user for the token: tickets were of the first.
func TestTicketsGoWithTheUser(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, p := g.withTickets(g.options())
		g.network.Secured = true
		flap(p)
		g.admit(msgdef.LoginOK{UID: testUID + 1})
		wantTickets(t, c)
	})
}

// A LoginOK to a ticket is of the ticket's user.
func TestResumedAsAnotherUser(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		_, p := g.withTickets(r.record(g.options()))
		flap(p)
		g.resumed(1, msgdef.LoginOK{UID: testUID + 1})
		wantReason(t, &r, ErrProtocol)
	})
}

func TestTicketsNobodyAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var r recorder
		o := r.record(g.options())
		_, p := g.online(o, msgdef.LoginOK{})
		if !g.network.Secured {
			g.give(p, time.Now().Add(time.Hour), 1, 2)
		}
		g.give(p, time.Now().Add(time.Hour), 3)
		wantReason(t, &r, ErrProtocol)
	})
}

// saves is a state that can fail, and crash.
type saves struct {
	MemoryState
	fail error
	list []Snapshot
}

func (s *saves) Save(snapshot Snapshot) error {
	if s.fail != nil {
		return s.fail
	}
	s.list = append(s.list, snapshot)
	return s.MemoryState.Save(snapshot)
}

// A ticket is saved away before a byte of it is sent; so a crash at any moment
// never has it used twice.
func TestTicketIsSavedAwayBeforeItIsUsed(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(saves)
		o.State = state
		first, _ := g.withTickets(o)
		first.Close()
		for _, want := range []byte{1, 2} {
			c := must(New(o))
			failed := later(func() error { return c.Connect(context.Background()) })
			_, r := g.offered()
			if r.Ticket() != [16]byte{want} {
				t.Errorf("resumes with %x, want %d", r.Ticket(), want)
			}
			// The crash: what was saved is all that is left.
			crashed := state.list[len(state.list)-1]
			if slices.ContainsFunc(crashed.Tickets, func(k Ticket) bool { return k.ID == r.Ticket() }) {
				t.Errorf("ticket %d is still there", want)
			}
			c.end()
			<-failed
			c.Close()
			state.latest = crashed
		}
		g.online(o, msgdef.LoginOK{})
	})
}

// A state that cannot be saved costs a login with a proof, not a ticket used
// twice.
func TestTicketThatCannotBeSavedAway(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		state := new(saves)
		o.State = state
		c, p := g.withTickets(o)
		state.fail = errors.New("disk full")
		flap(p)
		g.admit(msgdef.LoginOK{})
		synctest.Wait()
		if s := c.Status(); s.Phase != Online || s.Resumed {
			t.Errorf("status is %+v", s)
		}
		state.fail = nil
	})
}

// Tickets survive a restart, in a file too.
func TestTicketsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.State = NewFileState(path)
		first, _ := g.withTickets(o)
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		o.State = NewFileState(path)
		c := g.client(o)
		failed := later(func() error { return c.Connect(context.Background()) })
		g.resumed(1, msgdef.LoginOK{}).pong()
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		if saved := must(readSnapshot(path)); len(saved.Tickets) != 1 || saved.Tickets[0].ID != [16]byte{2} {
			t.Errorf("saved are %v", saved.Tickets)
		}
	})
}
