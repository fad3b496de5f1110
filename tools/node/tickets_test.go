package node

import (
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/route/registry/memory"
)

// TestResurrectedTicket spends a ticket at another gate than gave it out, has the
// registry give it out again, as after a failover to an older copy, and repeats
// the recorded packet: it is answered, and nobody notices.
func TestResurrectedTicket(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		w := newWorld(t)
		resurrected(w, func([16]byte) (restore func()) {
			r, _ := w.reg()
			return r.(*memory.Registry).Copy()
		})
	})
	t.Run("redis", func(t *testing.T) {
		w, server := redisWorld(t)
		server.Restart()
		resurrected(w, func(id [16]byte) (restore func()) {
			key := "sim:ticket:default:{" + hex.EncodeToString(id[:]) + "}"
			clone := func(from, to string) {
				if got := server.Command("COPY " + from + " " + to); got != ":1\r\n" {
					t.Fatalf("copied %s to %s: %q", from, to, got)
				}
			}
			clone(key, "spare")
			return func() { clone("spare", key) }
		})
	})
}

func resurrected(w *world, keep func(id [16]byte) (restore func())) {
	w.t.Helper()
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	watcher := w.bare(c.g1)
	watcher.login("watcher", 1)
	first := w.bare(c.g1)
	ticket := first.login("alice", 7)
	restore := keep(ticket.ID)
	begun := time.Now().UnixMilli() + 1 // no other session is older than that
	w.await("the next millisecond", func() bool { return time.Now().UnixMilli() >= begun })

	alice := w.bare(c.g2)
	r := alice.resumption(ticket)
	alice.write(r.Packet())
	session, body, err := r.Reply(alice.reply())
	w.must(err)
	var ok msgdef.LoginOK
	w.must(ok.Decode(body))
	w.must(session.Bind(ok.Session, resumedLogin().Append(nil), body))
	alice.secure = session
	alice.asks(&msgdef.Ping{Nonce: 1}, new(msgdef.Pong))
	first.await(new(msgdef.Kicked))
	w.await("the routes to hear who came and who went", func() bool {
		return aloneSince(w, c.r1, ok.UID) >= begun && aloneSince(w, c.r2, ok.UID) >= begun
	})
	online := watcher.online(ok.UID)

	for _, g := range []*Gate{c.g1, c.g2} {
		if got := w.repeat(g, r); !errors.Is(got, secure.ErrNoTicket) {
			w.t.Errorf("a spent ticket: %v", got)
		}
	}
	restore()
	if got := w.repeat(c.g1, r); got == nil || errors.Is(got, secure.ErrNoTicket) { // LoginOK, under keys of another handshake
		w.t.Fatalf("a resurrected ticket: %v", got)
	}
	alice.asks(&msgdef.Ping{Nonce: 2}, new(msgdef.Pong))
	if now := watcher.online(ok.UID); now != online {
		w.t.Errorf("online %+v, before %+v", now, online)
	}
	w.await("the watcher and alice, and nobody else", func() bool {
		return c.g1.gate.Stats().Sessions == 1 && c.g2.gate.Stats().Sessions == 1
	})
	if s := c.g1.Stats(); s.Resumed != 0 || s.Unresumed[gate.TicketUnknown] != 1 || s.Unresumed[gate.TicketUnconfirmed] != 1 {
		w.t.Errorf("%+v", s)
	}
	if s := c.g2.Stats(); s.Resumed != 1 || s.Unresumed[gate.TicketUnknown] != 1 {
		w.t.Errorf("%+v", s)
	}
}

// aloneSince tells since when a user's only session has been there, as a route knows
// it, in milliseconds; 0 when it knows of none, or several.
func aloneSince(w *world, r *Route, uid uint64) int64 {
	w.t.Helper()
	reply, err := r.route.Presence(w.within(), &rpc.PresenceRequest{UIDs: []uint64{uid}})
	w.must(err)
	if len(reply.Users) != 1 || reply.Users[0].Devices != 1 {
		return 0
	}
	return reply.Users[0].Since
}

// repeat sends a recorded packet, and a record that somebody made up, and returns
// what a client that is not the one makes of the answer.
func (w *world) repeat(g *Gate, r *secure.ClientResumption) error {
	w.t.Helper()
	thief := w.bare(g)
	thief.write(r.Packet())
	reply := thief.reply()
	again := thief.resumption(secure.Ticket{Suite: secure.HybridAESGCM})
	_, _, err := again.Reply(reply)
	if errors.Is(err, secure.ErrNoTicket) {
		return err
	}
	thief.write(append([]byte{64, 0}, make([]byte, 64)...))
	if _, end := io.ReadAll(thief.conn); end != nil && !errors.Is(end, net.ErrClosed) && os.IsTimeout(end) {
		w.t.Errorf("the thief is served: %v", end)
	}
	return err
}

// bare is a client that shows its bytes.
type bare struct {
	w      *world
	conn   net.Conn
	secure *secure.Session
	buf    []byte
	open   bool // the last record may have frames left
}

func (w *world) bare(g *Gate) *bare {
	w.t.Helper()
	conn, err := net.Dial("tcp", g.Addr())
	w.must(err)
	w.t.Cleanup(func() { conn.Close() })
	w.must(conn.SetDeadline(time.Now().Add(patience)))
	return &bare{w: w, conn: conn}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (b *bare) config() secure.ClientConfig {
	return secure.ClientConfig{Roots: b.w.roots, Now: time.Now}
}

// login logs in by password and returns a ticket.
func (b *bare) login(name string, device uint64) secure.Ticket {
	b.w.t.Helper()
	h, err := secure.NewClientHandshake(b.config())
	b.w.must(err)
	b.write(h.Hello())
	b.secure, err = h.Reply(b.packet(secure.ReplySize))
	b.w.must(err)
	m := &msgdef.Login{
		Method: msgdef.AuthPassword, Account: name, Secret: []byte("correct horse"), Device: device, Heartbeat: 60, Tickets: 1,
	}
	m.Versions, m.Suites = b.secure.Offered()
	b.send(m)
	var ok msgdef.LoginOK
	b.await(&ok)
	b.w.must(b.secure.Bind(ok.Session, m.Append(nil), ok.Append(nil)))
	var tickets msgdef.Tickets
	b.await(&tickets)
	id := tickets.List[0].ID
	return secure.Ticket{ID: id, Secret: b.secure.TicketSecret(id), Suite: b.secure.Suite()}
}

// resumedLogin is what comes with a ticket.
func resumedLogin() *msgdef.Login {
	return &msgdef.Login{
		Versions: []byte{secure.Version}, Suites: []byte{byte(secure.HybridAESGCM), byte(secure.HybridChaCha)}, Device: 7, Heartbeat: 60,
	}
}

func (b *bare) resumption(t secure.Ticket) *secure.ClientResumption {
	b.w.t.Helper()
	r, err := secure.NewClientResumption(b.config(), t, resumedLogin().Append(nil))
	b.w.must(err)
	return r
}

func (b *bare) reply() []byte {
	b.w.t.Helper()
	return b.packet(secure.ResumeReplySize)
}

// packet reads one packet.
func (b *bare) packet(size func([]byte) (int, error)) []byte {
	b.w.t.Helper()
	for {
		n, err := size(b.buf)
		b.w.must(err)
		if n > 0 {
			packet := b.buf[:n]
			b.buf = b.buf[n:]
			return packet
		}
		b.read()
	}
}

func (b *bare) read() {
	b.w.t.Helper()
	var chunk [4096]byte
	n, err := b.conn.Read(chunk[:])
	b.w.must(err)
	b.buf = append(b.buf, chunk[:n]...)
}

func (b *bare) write(bytes []byte) {
	b.w.t.Helper()
	_, err := b.conn.Write(bytes)
	b.w.must(err)
}

func (b *bare) send(m frame.Message) {
	b.w.t.Helper()
	record, err := b.secure.Out.Append(nil, frame.Append(nil, m), time.Now())
	b.w.must(err)
	b.write(record)
}

// message is one that can be received.
type message interface {
	Type() msgdef.Type
	Decode([]byte) error
}

// await receives frames until one of the type comes.
func (b *bare) await(m message) {
	b.w.t.Helper()
	for {
		for b.open {
			f, ok, err := b.secure.In.Next()
			b.w.must(err)
			if ok && f.Type == m.Type() {
				b.w.must(m.Decode(f.Body))
				return
			}
			b.open = ok
		}
		n, err := b.secure.In.Open(b.buf)
		b.w.must(err)
		if b.buf = b.buf[n:]; n > 0 {
			b.open = true
			continue
		}
		b.read()
	}
}

// asks sends a request and receives its answer.
func (b *bare) asks(m frame.Message, answer message) {
	b.w.t.Helper()
	b.send(m)
	b.await(answer)
}

// online asks how a user is online.
func (b *bare) online(uid uint64) msgdef.Online {
	b.w.t.Helper()
	var p msgdef.Presence
	b.asks(&msgdef.GetPresence{Req: 1, UIDs: []uint64{uid}}, &p)
	if len(p.Users) != 1 {
		b.w.t.Fatalf("presence %+v", p)
	}
	return p.Users[0]
}
