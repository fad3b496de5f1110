package bench

import (
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// server is what a watcher is told, and what it asks.
type server struct {
	t     *testing.T
	w     *watcher
	asked []uint64 // After of each GetConv
}

func newServer(t *testing.T) *server {
	s := &server{t: t}
	g := &group{plan: Plan{Conv: msgdef.GroupConv(7), Authors: 1}, pushed: newMeter("pushed"), pulled: newMeter("pulled")}
	for _, m := range []*meter{g.pushed, g.pulled} {
		m.begin(span{From: time.Now(), To: time.Now().Add(time.Hour)})
	}
	s.w = &watcher{group: g, deliveries: g.pushed.shard(0), pulls: g.pulled.shard(0), next: 1, send: func(all ...frame.Message) error {
		for _, m := range all {
			s.asked = append(s.asked, m.(*msgdef.GetConv).After)
		}
		return nil
	}}
	return s
}

// message is number n of the only author, at the same place.
func message(n uint64) []byte {
	return (&msgdef.Message{
		Conv: msgdef.GroupConv(7), CSeq: n, From: 5, Kind: msgdef.ContentCustom, Body: appendBody(nil, n, time.Now(), minBody),
	}).Append(nil)
}

// tell has the watcher take frames in one read.
func (s *server) tell(frames ...frame.Message) {
	s.t.Helper()
	for _, m := range frames {
		encoded := frame.Append(nil, m)
		f, _, err := frame.Next(encoded)
		if err == nil {
			err = s.w.took(f)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.w.over(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) push(numbers ...uint64) {
	s.t.Helper()
	var frames []frame.Message
	for _, n := range numbers {
		frames = append(frames, &msgdef.NotifyConv{Message: message(n)})
	}
	s.tell(frames...)
}

func (s *server) page(numbers ...uint64) {
	s.t.Helper()
	page := &msgdef.ConvPage{Conv: msgdef.GroupConv(7), Last: true}
	for _, n := range numbers {
		page.Messages = append(page.Messages, message(n))
	}
	s.tell(page)
}

// counted is what came of it: messages pushed, caught up with, and promises broken.
func (s *server) counted() (pushed, pulled uint64, broken Integrity) {
	end := message(s.w.next)
	var m msgdef.Message
	if err := m.Decode(end); err != nil {
		s.t.Fatal(err)
	}
	m.Body = appendBody(nil, s.w.next, time.Unix(0, 0), minBody)
	s.tell(&msgdef.NotifyConv{Message: m.Append(nil)})
	return s.w.group.pushed.counted().Count, s.w.group.pulled.counted().Count, s.w.integrity()
}

// TestWatcherCatchesUp with what a ConvHead stands for, while more is pushed, and
// that is no broken promise.
func TestWatcherCatchesUp(t *testing.T) {
	s := newServer(t)
	s.push(1, 2)
	s.tell(&msgdef.ConvHead{Conv: msgdef.GroupConv(7), CSeq: 4})
	s.push(5)
	s.page(3, 4)
	s.page(5)
	s.push(6)
	if pushed, pulled, broken := s.counted(); pushed != 3 || pulled != 3 || broken != (Integrity{}) {
		t.Errorf("%d pushed, %d caught up, %v", pushed, pulled, broken)
	}
	if len(s.asked) != 2 || s.asked[0] != 2 || s.asked[1] != 4 {
		t.Errorf("asked after %v", s.asked)
	}
}

// TestWatcherNotices whatever a server breaks.
func TestWatcherNotices(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(*server)
		want Integrity
	}{
		"twice":      {func(s *server) { s.push(1, 2, 2) }, Integrity{Duplicated: 1}},
		"order":      {func(s *server) { s.push(1, 3, 2); s.page(2, 3) }, Integrity{Disordered: 1}},
		"never":      {func(s *server) { s.push(1, 4); s.page(4) }, Integrity{Gaps: 2, Lost: 2}},
		"not stored": {func(s *server) { s.push(1, 2, 4); s.page() }, Integrity{Gaps: 2, Lost: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			c.lie(s)
			if _, _, broken := s.counted(); broken != c.want {
				t.Errorf("%+v, want %+v", broken, c.want)
			}
		})
	}
}
