package imservice

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// lasting is a text with a lifetime.
func lasting(it rpc.Send, seconds uint32) rpc.Send {
	x := msgdef.Extra{Lifetime: seconds}
	it.Extra = x.Append(nil)
	return it
}

// secret is what must not be read any more.
const secret = "the secret"

// reveals lists what shows a text to a user: reads of every kind.
func (w *world) reveals(uid uint64, conv msgdef.Conversation, what string) (by []string) {
	w.t.Helper()
	found := map[string][]byte{}
	for _, row := range w.inbox(uid) {
		found["inbox"] = append(found["inbox"], row.Message...)
	}
	for _, encoded := range w.conv(rpc.ConvPull{UID: uid, Conv: conv}).Messages {
		found["history"] = append(found["history"], encoded...)
	}
	talks, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: uid})
	w.must(err)
	for _, talk := range talks.List {
		found["talks"] = append(found["talks"], talk.Newest...)
	}
	pins, err := w.server.Pins(context.Background(), &rpc.PinsQuery{UID: uid, Conv: conv})
	w.must(err)
	for _, encoded := range pins.Messages {
		found["pins"] = append(found["pins"], encoded...)
	}
	due, err := w.server.Due(context.Background(), &rpc.DueRequest{Hold: 1})
	w.must(err)
	pushed, err := w.server.Resolve(context.Background(), &rpc.PushRows{Items: due.Items})
	w.must(err)
	for _, target := range pushed.Items {
		found["push"] = append(found["push"], target.Message...)
	}
	for _, name := range []string{"inbox", "history", "talks", "pins", "push"} {
		if bytes.Contains(found[name], []byte(what)) {
			by = append(by, name)
		}
	}
	return by
}

// sweepAll has everything emptied that is due.
func (w *world) sweepAll() (n int) {
	w.t.Helper()
	for {
		swept, err := w.server.sweeper.turn()
		w.must(err)
		if n += swept; swept == 0 {
			return n
		}
	}
}

// TestLifetime follows a message from which everybody reads to which nobody does,
// before and after it is emptied.
func TestLifetime(t *testing.T) {
	w := newWorld(t, 2)
	w.push(2, 9)
	conv := msgdef.Pair(1, 2)
	item := lasting(text(1, 2, 1, secret+" before"), 60)
	first := w.send(item)[0]
	w.clock.add(2500 * time.Millisecond)
	edit := event(1, 2, conv, msgdef.ContentEdit, edited(1, secret))
	second := w.send(edit)[0]
	w.pin(2, 1, conv, 1, false)
	w.send(event(2, 2, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "👍"}))
	w.send(text(1, 1, 3, "to oneself"))
	w.clock.add(56 * time.Second)
	if got := w.reveals(2, conv, secret); fmt.Sprint(got) != "[inbox history pins push]" {
		t.Errorf("as long as it lives it is seen in %v", got)
	}
	w.clock.add(1500 * time.Millisecond)
	for _, when := range []string{"over", "restarted", "emptied", "emptied and restarted"} {
		switch when {
		case "emptied":
			w.sweepAll() // nothing, if the sweeper was faster
		case "restarted", "emptied and restarted":
			w.restart()
		}
		if got := w.reveals(2, conv, secret); len(got) > 0 {
			t.Errorf("%s: it is seen in %v", when, got)
		}
		if got := w.look(1, conv, 1); !strings.HasPrefix(got, `"" `) || !strings.HasSuffix(got, "pinned false []") {
			t.Errorf("%s: %s", when, got)
		}
		if got := w.pins(1, conv, 0); len(got) > 0 {
			t.Errorf("%s: pinned are %v", when, got)
		}
		for i, it := range []rpc.Send{item, edit} {
			if r := w.send(it)[0]; r != []rpc.SendResult{first, second}[i] {
				t.Errorf("%s: send %d again: %+v", when, i, r)
			}
		}
		for i, change := range []rpc.Send{
			event(1, 20, conv, msgdef.ContentEdit, edited(1, "x")), event(1, 20, conv, msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}),
			event(2, 20, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: 1}), event(2, 20, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "x"}),
		} {
			if r := w.send(change)[0]; r.Code != msgdef.CodeTooLate {
				t.Errorf("%s: event %d: %+v", when, i, r)
			}
		}
	}
	w.nowhere(conv, secret)
	if rows, err := w.store.Expiring(nil, 1<<60, 9); err != nil || len(rows) > 0 {
		t.Errorf("left are %+v, %v", rows, err)
	}
}

// nowhere checks that no row of a conversation holds a text.
func (w *world) nowhere(conv msgdef.Conversation, what string) {
	w.t.Helper()
	rows, err := w.store.Range(nil, conv, 1, 1<<60, false, 1<<20, 1<<30)
	w.must(err)
	for i, encoded := range rows {
		m := decode(w.t, encoded)
		if bytes.Contains(encoded, []byte(what)) {
			w.t.Errorf("row %d still has it: %+v", i, m)
		}
		if err := m.Validate(); err != nil {
			w.t.Errorf("row %d: %v", i, err)
		}
	}
}

// TestLifetimeOfOthers has what lives on be as it was, and what cannot have a
// lifetime be refused.
func TestLifetimeOfOthers(t *testing.T) {
	w := newCrowd(t, 3, 3, msgdef.GroupInfo{})
	w.says(2, 1, "stays")
	short := lasting(text(2, 2, 2, secret), 1)
	short.Conv = club
	long := lasting(text(2, 2, 3, "long"), 1<<32-1)
	long.Conv = club
	w.send(short, long)
	w.send(event(2, 4, club, msgdef.ContentRecall, &msgdef.Recall{CSeq: 4}))
	w.clock.add(time.Hour)
	if got := w.reveals(3, club, secret); len(got) > 0 {
		t.Errorf("seen in %v", got)
	}
	w.sweepAll()
	w.nowhere(club, secret)
	for cseq, want := range map[uint64]string{2: `"stays" changed 0`, 3: `"" changed 0 recalled false`, 4: `"" changed 5 recalled true`} {
		if got := w.look(3, club, cseq); !strings.HasPrefix(got, want) {
			t.Errorf("%d is %s, want %s", cseq, got, want)
		}
	}
	refused := lasting(event(1, 20, club, msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{2}}), 5)
	if r := w.send(refused)[0]; r.Code != msgdef.CodeBadArgument {
		t.Errorf("a change of the group with a lifetime: %+v", r)
	}
	w.clock.add((1<<32 + 60) * time.Second)
	w.sweepAll() // of what was recalled nothing is left to empty
	if got := w.look(3, club, 4); !strings.HasPrefix(got, `"" changed 5 recalled true`) {
		t.Errorf("after its time what was recalled is %s", got)
	}
}

// TestSweepsAreBounded empties many messages, some at a time.
func TestSweepsAreBounded(t *testing.T) {
	w := newWorld(t, 2)
	const n = 2*sweepMost + 9
	items := make([]rpc.Send, n)
	for i := range items {
		items[i] = lasting(text(1, 2, uint64(i)+1, secret), 1+uint32(i%7))
	}
	w.send(items...)
	w.clock.add(time.Minute)
	var turns sync.WaitGroup
	for range 2 { // at the same time
		turns.Go(func() {
			for {
				swept, err := w.server.sweeper.turn()
				if swept > sweepMost || err != nil {
					t.Errorf("%d in a turn, %v", swept, err)
				}
				if swept == 0 {
					return
				}
			}
		})
	}
	turns.Wait()
	w.nowhere(msgdef.Pair(1, 2), secret)
}

// TestLifetimeOverPowerCuts cuts the power after acknowledgements, and after
// messages were emptied.
func TestLifetimeOverPowerCuts(t *testing.T) {
	fs := vfs.NewCrashableMem()
	const n = 20
	for life := range 3 {
		c := startLife(t, fs, newTold(), nil)
		c.options.Now = c.clock.now // newer than what was written, in the last lives
		c.server.Close(context.Background())
		c.serve()
		switch life {
		case 0:
			for i := range 2 {
				_, err := c.store.CreateAccount(fmt.Sprint("u", i), "", c.clock.now())
				c.must(err)
			}
			for i := range uint64(n) {
				c.send(lasting(text(1, 2, i+1, secret), 5))
			}
		case 1:
			c.clock.add(time.Minute)
			if got := c.reveals(2, msgdef.Pair(1, 2), secret); len(got) > 0 {
				t.Errorf("seen in %v", got)
			}
			c.sweepAll()
			c.nowhere(msgdef.Pair(1, 2), secret)
		case 2:
			c.nowhere(msgdef.Pair(1, 2), secret)
			if got := len(c.inbox(2)); got != n {
				t.Errorf("%d messages, want %d", got, n)
			}
		}
		after := fs.CrashClone(vfs.CrashCloneCfg{})
		c.close()
		fs = after
	}
}

// TestTwoServicesSweep has two services empty the same messages.
func TestTwoServicesSweep(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 2)
	const n = 50
	for i := range uint64(n) {
		s.try(s.servers[i%2], lasting(text(1, 2, i+1, secret), 1))
	}
	var turns sync.WaitGroup
	for _, server := range s.servers {
		turns.Go(func() {
			eventually(func() bool {
				if _, err := server.sweeper.turn(); err != nil {
					t.Error(err)
				}
				rows, err := s.stores[0].Expiring(nil, 1<<60, n)
				return err == nil && len(rows) == 0
			})
		})
	}
	turns.Wait()
	w := &world{t: t, server: s.servers[0], store: s.stores[0]}
	w.nowhere(msgdef.Pair(1, 2), secret)
	if got := len(w.inbox(2)); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
}
