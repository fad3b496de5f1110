package client

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// told is a server of one conversation: what is stored, and the events as they came.
type told struct {
	rows  []*Message // as they are now
	news  []*Message // as they came, those of the user's own stream among them
	pages []History  // as they were read at some time
	put   map[[2]uint64]string
}

const threadUser, threadOther = 1, 2

func (s *told) append(from uint64, kind msgdef.ContentKind, body []byte) *Message {
	m := &Message{Message: msgdef.Message{Conv: testConv, CSeq: uint64(len(s.rows)) + 1, From: from, Kind: kind, Body: body}}
	s.rows, s.news = append(s.rows, m), append(s.news, m.Clone())
	return m
}

// change does what an event does to a row.
func (s *told) change(cseq uint64, do func(m *Message, state *msgdef.MessageState)) {
	m := s.rows[cseq-1]
	state := m.Made()
	do(m, &state)
	m.State = state.Append(nil)
}

// bare takes away what the edits of a message say but for those after a cseq.
func (s *told) bare(of, from uint64, over msgdef.MessageState) {
	for _, m := range s.rows {
		var e msgdef.Edit
		if m.Kind == msgdef.ContentEdit && e.Decode(m.Body) == nil && e.CSeq == of && m.CSeq < from && len(m.State) == 0 {
			e.Body = nil
			m.Body, m.State = e.Append(nil), over.Append(nil)
		}
	}
}

// act is one thing that happens, or nothing.
func (s *told) act(random *rand.Rand) {
	var texts []uint64
	for _, m := range s.rows {
		if made := m.Made(); m.Kind == msgdef.ContentText && !made.Recalled && !made.Hidden {
			texts = append(texts, m.CSeq)
		}
	}
	what, by := random.IntN(9), 1+random.Uint64N(3)
	if len(texts) == 0 || what < 2 {
		s.append(by, msgdef.ContentText, fmt.Append(nil, "text ", len(s.rows)))
		return
	}
	of := texts[random.IntN(len(texts))]
	switch what {
	case 2:
		body := fmt.Append(nil, "edit ", len(s.rows))
		e := s.append(by, msgdef.ContentEdit, (&msgdef.Edit{CSeq: of, Kind: msgdef.ContentText, Body: body}).Append(nil))
		s.bare(of, e.CSeq, msgdef.MessageState{Changed: e.CSeq})
		s.change(of, func(m *Message, state *msgdef.MessageState) { m.Body, state.Changed = body, e.CSeq })
	case 3:
		if random.IntN(3) == 0 {
			e := s.append(by, msgdef.ContentRecall, (&msgdef.Recall{CSeq: of}).Append(nil))
			s.bare(of, e.CSeq, msgdef.MessageState{Changed: e.CSeq})
			s.change(of, func(m *Message, state *msgdef.MessageState) {
				m.Body, *state = nil, msgdef.MessageState{Changed: e.CSeq, Recalled: true}
			})
		}
	case 4, 5:
		made := s.rows[of-1].Made()
		s.append(by, msgdef.ContentPin, (&msgdef.Pin{CSeq: of, Off: made.Pinned}).Append(nil))
		s.change(of, func(_ *Message, state *msgdef.MessageState) { state.Pinned = !made.Pinned })
	case 6, 7:
		s.react(of, by, []string{"a", "b"}[random.IntN(2)])
	case 8:
		if random.IntN(4) == 0 {
			set := &msgdef.Setting{Conv: testConv, Act: msgdef.SettingDelete, CSeqs: []uint64{of}}
			s.news = append(s.news, &Message{Message: msgdef.Message{Conv: msgdef.Stream(threadUser), CSeq: 1, Kind: msgdef.ContentSetting, Body: set.Append(nil)}})
			s.bare(of, ^uint64(0), msgdef.MessageState{Hidden: true})
			s.change(of, func(m *Message, state *msgdef.MessageState) { m.Body, *state = nil, msgdef.MessageState{Hidden: true} })
		}
	}
}

// react puts an emoji in the place of the one before, or takes it away.
func (s *told) react(of, by uint64, emoji string) {
	key := [2]uint64{of, by}
	before := s.put[key]
	says := &msgdef.Reaction{CSeq: of, Emoji: emoji, Off: before == emoji}
	s.append(by, msgdef.ContentReaction, says.Append(nil))
	s.change(of, func(_ *Message, state *msgdef.MessageState) {
		countReaction(state, map[uint64]string{by: before}, by, says)
	})
	if s.put[key] = emoji; says.Off {
		s.put[key] = ""
	}
}

// page is what a server would answer now.
func (s *told) page(from, to int) (p History) {
	p.Head = uint64(len(s.rows))
	for _, m := range s.rows[from:min(to, len(s.rows))] {
		p.Messages = append(p.Messages, m.Clone())
	}
	return p
}

// describe is a message as somebody sees it; the order of emoji means nothing.
func describe(m *Message) string {
	made := m.Made()
	emoji := map[string]uint32{}
	for _, r := range made.Reactions {
		emoji[r.Emoji] = r.Count
	}
	says := string(m.Body)
	if m.Kind == msgdef.ContentEdit {
		var e msgdef.Edit
		_ = e.Decode(m.Body)
		return fmt.Sprintf("%d edit of %d: %q", m.CSeq, e.CSeq, e.Body)
	}
	return fmt.Sprintf("%d kind %d %q changed %d recalled %v pinned %v hidden %v %v", m.CSeq, m.Kind, says, made.Changed, made.Recalled, made.Pinned, made.Hidden, emoji)
}

// TestThreadConverges gives a Thread all that comes of a conversation, pages of it as
// they were at some time among them, in any order and several times. Once it has asked
// for what is stale it shows what is stored.
func TestThreadConverges(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		s := &told{put: make(map[[2]uint64]string)}
		for range 40 {
			s.act(random)
			if n := len(s.rows); random.IntN(4) == 0 {
				from := random.IntN(n)
				s.pages = append(s.pages, s.page(from, from+1+random.IntN(n)))
			}
		}
		thread := NewThread(testConv)
		var gives []func() []uint64
		for _, m := range s.news {
			gives = append(gives, func() []uint64 { return thread.Add(m) })
		}
		for _, p := range s.pages {
			gives = append(gives, func() []uint64 { return thread.AddPage(p) })
		}
		gives = append(gives, gives[:len(gives)/2]...)
		random.Shuffle(len(gives), func(i, j int) { gives[i], gives[j] = gives[j], gives[i] })
		shown := map[uint64]string{}
		draw := func(changed []uint64) {
			for _, cseq := range changed {
				shown[cseq] = describe(thread.Message(cseq))
			}
		}
		changed := map[uint64]uint64{}
		for _, give := range gives {
			draw(give())
			neverBack(t, s, thread, changed)
		}
		for _, cseq := range thread.Stale() {
			draw(thread.AddPage(s.page(int(cseq)-1, int(cseq))))
		}
		if stale := thread.Stale(); len(stale) > 0 {
			t.Fatalf("seed %d: %v are stale still", seed, stale)
		}
		for i, m := range thread.Messages() {
			if want := describe(s.rows[i]); describe(m) != want || shown[m.CSeq] != want {
				t.Fatalf("seed %d: holds %s, drawn as %s; want %s", seed, describe(m), shown[m.CSeq], want)
			}
		}
		if n := len(thread.Messages()); n != len(s.rows) || len(shown) != n {
			t.Fatalf("seed %d: %d of %d messages", seed, n, len(s.rows))
		}
	}
}

// neverBack checks that no message is older than it was, and says what its newest edit
// says.
func neverBack(t *testing.T, s *told, thread *Thread, changed map[uint64]uint64) {
	t.Helper()
	for _, m := range thread.Messages() {
		made := m.Made()
		if m.Kind != msgdef.ContentText || made.Hidden {
			continue
		}
		if made.Changed < changed[m.CSeq] {
			t.Fatalf("%s: it was changed at %d before", describe(m), changed[m.CSeq])
		}
		changed[m.CSeq] = made.Changed
		if want := fmt.Sprintf("edit %d", made.Changed-1); made.Changed > 0 && !made.Recalled && string(m.Body) != want {
			t.Fatalf("%s: want %s", describe(m), want)
		}
	}
}

// TestThreadForgets clears, ends lifetimes, takes what is another's, and holds no more
// than it may.
func TestThreadForgets(t *testing.T) {
	thread := NewThread(testConv)
	s := &told{}
	for range 5 {
		s.append(threadOther, msgdef.ContentText, []byte("x"))
	}
	thread.AddPage(s.page(0, 5))
	edit := &msgdef.Edit{CSeq: 4, Kind: msgdef.ContentText, Body: []byte("y")}
	sent := Sent{Conv: testConv, CSeq: 6, Counter: 9}
	if got := thread.AddSent(threadUser, &Draft{Conv: testConv, Kind: msgdef.ContentEdit, Body: edit.Append(nil)}, sent); !slices.Equal(got, []uint64{4, 6}) {
		t.Errorf("an edit of this device changes %v", got)
	}
	if got := thread.Expire(Expired{testConv, 4}); !slices.Equal(got, []uint64{4, 6}) || !thread.Message(4).Made().Expired || len(thread.Message(4).Body) > 0 {
		t.Errorf("expired: %v, %+v", got, thread.Message(4))
	}
	if got := thread.AddPage(s.page(0, 5)); len(got) != 0 {
		t.Errorf("a page from before changes %v", got)
	}
	clears := &msgdef.Setting{Conv: testConv, Act: msgdef.SettingClear, CSeq: 4}
	if got := thread.Add(&Message{Message: msgdef.Message{Conv: msgdef.Stream(threadUser), Kind: msgdef.ContentSetting, Body: clears.Append(nil)}}); !slices.Equal(got, []uint64{1, 2, 3, 4, 6}) && !slices.Equal(got, []uint64{1, 2, 3, 4}) {
		t.Errorf("cleared: %v", got)
	}
	thread.AddPage(s.page(0, 5))
	other := &Message{Message: msgdef.Message{Conv: msgdef.Pair(70, 80), CSeq: 5, Kind: msgdef.ContentRecall, Body: (&msgdef.Recall{CSeq: 5}).Append(nil)}}
	if got := thread.Add(other); len(got) != 0 || thread.Expire(Expired{other.Conv, 5}) != nil {
		t.Errorf("another conversation changes %v", got)
	}
	if list := thread.Messages(); len(list) != 2 || list[0].CSeq != 5 || string(list[0].Body) != "x" {
		t.Errorf("left: %+v", list)
	}
	for cseq := range uint64(mostHeld + 10) {
		thread.Add(&Message{Message: msgdef.Message{Conv: testConv, CSeq: 10 + cseq, Kind: msgdef.ContentText}})
	}
	if n := len(slices.Collect(maps.Keys(thread.held))); n != mostHeld || thread.Message(5) != nil {
		t.Errorf("%d held", n)
	}
}
