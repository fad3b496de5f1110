package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// chaos is a server that keeps the promises of the protocol and no others: it
// loses, repeats and reorders notifies, loses acknowledgements, is busy, does
// not answer pulls, drops connections, and loses, forgets or takes tickets. What
// it stored it has.
type chaos struct {
	g      *gate
	random *rand.Rand
	inbox  [][]byte // encoded messages; index is useq-1
	acks   map[uint64]*msgdef.SendAck
	order  []uint64 // counters as stored
	bodies []string // of them
	others int      // messages of others still to come
	late   []frame.Message

	tickets map[[16]byte][32]byte // given out and not shown yet
	given   int
	resumed int // sessions
}

// chance is true n times of a hundred.
func (s *chaos) chance(n int) bool { return s.random.IntN(100) < n }

// serve takes connections until the listener closes.
func (s *chaos) serve() {
	for {
		conn, err := s.g.listener.Accept()
		if err != nil {
			return
		}
		s.talk(&peer{t: s.g.t, conn: conn})
		conn.Close()
	}
}

// talk serves one connection until something breaks it.
func (s *chaos) talk(p *peer) {
	if !s.logIn(p) {
		return
	}
	s.late = nil
	s.giveTickets(p)
	for !s.chance(1) {
		p.conn.SetReadDeadline(time.Now().Add(time.Duration(s.random.IntN(30)) * time.Millisecond))
		f, err := p.next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.other()
		case err != nil:
			return
		default:
			s.answer(f)
		}
		if !s.write(p) {
			return
		}
	}
}

func (s *chaos) logIn(p *peer) bool {
	conn := p.conn
	if s.chance(10) {
		return false
	}
	buf := make([]byte, 8192)
	n, err := conn.Read(buf) // one write of the client, so one read
	if err != nil {
		return false
	}
	buf = buf[:n]
	if secure.IsResume(buf) {
		if p.keys = s.resume(p, buf); p.keys != nil {
			return true
		}
		buf = make([]byte, 8192)
		if n, err = conn.Read(buf); err != nil {
			return false
		}
		buf = buf[:n]
	}
	used, reply, keys, err := s.g.hello(conn, buf)
	if err != nil || used == 0 {
		return false
	}
	p.buf, p.keys = buf[used:], keys
	if _, err := conn.Write(reply); err != nil {
		return false
	}
	login, err := p.next()
	if err != nil {
		return false
	}
	ok := s.loginOK()
	if _, err := conn.Write(must(keys.Out.Append(nil, appendFrame(&ok), time.Now()))); err != nil {
		return false
	}
	if err := p.login.Decode(login.Body); err != nil {
		s.g.t.Error(err)
	}
	return keys.Bind(ok.Session, login.Body, ok.Append(nil)) == nil
}

func (s *chaos) loginOK() msgdef.LoginOK {
	return msgdef.LoginOK{UID: testUID, StoreEpoch: testEpoch, Head: uint64(len(s.inbox)), Session: [16]byte{5}}
}

// resume answers a Resume packet. It returns nil when there is no session: the
// ticket is not taken, or the answer lost with the connection.
func (s *chaos) resume(p *peer, packet []byte) *secure.Session {
	r, _, err := s.g.handshake.Resume(packet)
	if err != nil {
		s.g.t.Error(err)
		return nil
	}
	conn := p.conn
	secret, known := s.tickets[r.Ticket()]
	delete(s.tickets, r.Ticket())
	if !known {
		s.g.t.Errorf("ticket %x is shown again", r.Ticket())
	}
	switch {
	case s.chance(20):
		conn.Close()
		return nil
	case s.chance(20):
		conn.Write(secure.AppendNoTicket(nil))
		return nil
	}
	login := must(r.Open(secret))
	if err := p.login.Decode(login); err != nil {
		s.g.t.Error(err)
	}
	ok := s.loginOK()
	reply, keys, err := r.Accept(ok.Append(nil))
	if err != nil || keys.Bind(ok.Session, login, ok.Append(nil)) != nil {
		s.g.t.Error("the session cannot be resumed:", err)
		return nil
	}
	if _, err := conn.Write(reply); err != nil || s.chance(20) {
		conn.Close()
		return nil
	}
	s.resumed++
	return keys
}

// giveTickets gives two tickets, or as many as there is room for.
func (s *chaos) giveTickets(p *peer) {
	var m msgdef.Tickets
	for range p.login.Tickets {
		s.given++
		id := [16]byte{byte(s.given), byte(s.given >> 8)}
		s.tickets[id] = p.keys.TicketSecret(id)
		m.List = append(m.List, msgdef.Ticket{ID: id, Expires: time.Now().Add(time.Hour).UnixMilli()})
	}
	if len(m.List) > 0 {
		s.late = append(s.late, &m)
	}
}

// other stores a message of somebody else and notifies of it, perhaps.
func (s *chaos) other() {
	if s.others == 0 {
		return
	}
	s.others--
	useq := s.store(8, 1, uint64(s.others+1))
	if s.chance(80) {
		s.late = append(s.late, &msgdef.Notify{USeq: useq, Message: s.inbox[useq-1]})
	}
	if s.chance(10) {
		again := 1 + s.random.Uint64N(useq)
		s.late = append(s.late, &msgdef.Notify{USeq: again, Message: s.inbox[again-1]})
	}
}

func (s *chaos) store(from, device, counter uint64) (useq uint64) {
	useq = uint64(len(s.inbox)) + 1
	s.inbox = append(s.inbox, stored(useq, from, device, counter))
	return useq
}

func (s *chaos) answer(f frame.Frame) {
	var decoder msgdef.UpDecoder
	if err := decoder.Dispatch(f.Type, f.Body, chaosHandler{s: s}); err != nil {
		panic(err)
	}
}

type chaosHandler struct {
	msgdef.UpHandler
	s *chaos
}

func (h chaosHandler) HandleAck(*msgdef.Ack) error { return nil }

func (h chaosHandler) HandlePing(m *msgdef.Ping) error {
	h.s.late = append(h.s.late, &msgdef.Pong{Nonce: m.Nonce, Head: uint64(len(h.s.inbox))})
	return nil
}

func (h chaosHandler) HandleSend(m *msgdef.Send) error {
	s := h.s
	ack := s.acks[m.Counter]
	refused := m.After != 0 && s.acks[m.After] == nil
	switch {
	case ack == nil && (refused || s.chance(5)):
		s.late = append(s.late, &msgdef.Error{Of: uint16(msgdef.TypeSend), Req: m.Counter, Code: msgdef.CodeBusy, RetryAfter: 100})
		return nil
	case ack == nil:
		useq := s.store(testUID, testDevice, m.Counter)
		ack = &msgdef.SendAck{Counter: m.Counter, CSeq: useq, USeq: useq, At: int64(useq) * 1000}
		s.acks[m.Counter] = ack
		s.order = append(s.order, m.Counter)
		s.bodies = append(s.bodies, string(m.Body))
	}
	if s.chance(90) {
		s.late = append(s.late, ack)
	}
	return nil
}

func (h chaosHandler) HandleGetMsg(m *msgdef.GetMsg) error {
	s := h.s
	if s.chance(10) {
		return nil
	}
	p := &msgdef.MsgPage{Req: m.Req, StoreEpoch: testEpoch, Head: uint64(len(s.inbox)), Last: true}
	for useq := m.After + 1; useq <= p.Head && len(p.Entries) < 20; useq++ {
		p.Entries = append(p.Entries, msgdef.Entry{USeq: useq, Message: s.inbox[useq-1]})
	}
	s.late = append(s.late, p)
	return nil
}

// write sends some of what waits, in some order.
func (s *chaos) write(p *peer) bool {
	if s.chance(30) {
		return true
	}
	if s.chance(50) {
		s.random.Shuffle(len(s.late), func(i, j int) { s.late[i], s.late[j] = s.late[j], s.late[i] })
	}
	late := s.late
	s.late = nil
	return p.trySend(late) == nil
}

// Through all of that: every message of others is handed over once, in order;
// every send is stored once and its sender told.
func TestChaos(t *testing.T) {
	resumed := 0 // a run in which little breaks may resume nothing
	for seed := range uint64(25) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) { resumed += runChaos(t, g, seed) })
		})
	}
	if resumed == 0 {
		t.Error("no session was resumed")
	}
}

// receive takes messages from a channel, too slowly.
func (r *recorder) receive(messages <-chan *Message) {
	for m := range messages {
		r.mu.Lock()
		r.useqs = append(r.useqs, m.USeq)
		r.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

func runChaos(t *testing.T, g *gate, seed uint64) (resumed int) {
	const sends, others = 150, 150
	s := &chaos{g: g, random: rand.New(rand.NewPCG(seed, 1)), acks: make(map[uint64]*msgdef.SendAck), others: others, tickets: make(map[[16]byte][32]byte)}
	var r recorder
	o := r.record(g.options())
	o.Backoff = Backoff{}
	if seed%2 == 1 {
		o.OnMessage = nil
	}
	c := g.client(o)
	var receiver sync.WaitGroup
	defer receiver.Wait()
	if seed%2 == 1 {
		messages := must(c.Messages(3))
		receiver.Go(func() { r.receive(messages) })
	}
	var server sync.WaitGroup
	server.Go(s.serve)
	defer server.Wait()
	defer g.listener.Close()
	defer c.Close()

	var out outcomes
	for i := range sends {
		if i == sends/3 {
			for c.Connect(context.Background()) != nil {
				time.Sleep(time.Second)
			}
		}
		if i > sends/3 {
			time.Sleep(time.Duration(i%7) * 10 * time.Millisecond)
		}
		c.SendFunc(testConv, 1, []byte{byte(i)}, out.done)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := c.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for c.Cursor() < sends+others && ctx.Err() == nil {
		time.Sleep(time.Second)
	}
	time.Sleep(time.Second) // what is in the channel
	if sent, failed := out.counts(); sent != sends || failed != 0 || len(s.order) != sends {
		t.Errorf("%d sent, %d failed, %d stored", sent, failed, len(s.order))
	}
	if w := &c.inbox.window; w.count != 0 || w.bytes != 0 {
		t.Errorf("%d rows, %d bytes left in the window", w.count, w.bytes)
	}
	if !slices.IsSorted(s.order) {
		t.Errorf("stored in the order %v", s.order)
	}
	if g.network.Secured && s.resumed > 0 {
		t.Errorf("%d sessions were resumed inside TLS", s.resumed)
	}
	useqs := r.got()
	for i := 1; i < len(useqs); i++ {
		if useqs[i] <= useqs[i-1] {
			t.Fatalf("%d was handed over after %d", useqs[i], useqs[i-1])
		}
	}
	if len(useqs) != others || len(r.resyncs) != 0 {
		t.Errorf("%d messages handed over, %d resyncs; want %d and none", len(useqs), len(r.resyncs), others)
	}
	return s.resumed
}
