package dev

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

// inJSON connects a new device that speaks JSON.
func (w *world) inJSON(name string, over transport.Dialer) *user {
	w.t.Helper()
	options := w.options(name)
	options.Codec, options.Dialer = codec.JSON, over
	return w.connect(options)
}

// TestJSONAndBinaryTalk has two users talk in two codecs: messages both ways,
// pages of the largest bodies, receipts, names and presence.
func TestJSONAndBinaryTalk(t *testing.T) {
	w := newWorld(t)
	for name, dialer := range map[string]transport.Dialer{"tcp": tcp.Dialer{}, "quic": client.QUICOnly(w.roots())} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			alice, bob := w.inJSON("alice-"+name, dialer), w.user("bob-"+name)
			talk(t, alice, bob)
			talk(t, bob, alice)
			pages(t, alice, bob)
			people(t, alice, bob)
		})
	}
}

// talk has both write what JSON has to escape, and read it.
func talk(t *testing.T, from, to *user) {
	t.Helper()
	texts := []string{"", "plain", "\"quoted\" \\ \x00\x01\n", "é 😀 \u2028", "\xff no UTF-8", strings.Repeat("x", msgdef.MaxBody)}
	had := len(to.await("anything", func() bool { return true }))
	for _, text := range texts {
		from.send(to.UID(), text)
	}
	for i, m := range to.messages(had + len(texts))[had:] {
		if string(m.Body) != texts[i] || m.From != from.UID() {
			t.Errorf("message %d from %d is %.40q, want %.40q", i, m.From, m.Body, texts[i])
		}
	}
}

// pages has a device that was not there catch up, in many pages of messages
// that are as large as they may be.
func pages(t *testing.T, inJSON, other *user) {
	t.Helper()
	const n = 20
	for i := range n {
		other.send(inJSON.UID(), fmt.Sprint(i, " ", strings.Repeat("é", msgdef.MaxBody/2-8)))
	}
	conv := msgdef.Pair(inJSON.UID(), other.UID())
	theirs, ours := other.history(conv, 7), inJSON.history(conv, 7)
	if len(ours) != len(theirs) || len(ours) < n {
		t.Fatalf("%d messages in JSON, %d in binary", len(ours), len(theirs))
	}
	for i := range ours {
		if !bytes.Equal(ours[i].Body, theirs[i].Body) || ours[i].CSeq != theirs[i].CSeq || ours[i].At != theirs[i].At {
			t.Errorf("message %d differs: %.40q and %.40q", i, ours[i].Body, theirs[i].Body)
		}
	}
}

// people asks for names and presence, and tells what was read.
func people(t *testing.T, inJSON, other *user) {
	t.Helper()
	found, err := inJSON.Lookup(inJSON.ctx(), other.Account(), "nobody \"here\"")
	if err != nil || len(found) != 1 || found[other.Account()] != other.UID() {
		t.Errorf("lookup: %v, %v", found, err)
	}
	online, err := inJSON.Online(inJSON.ctx())
	if err != nil || len(online.Users) < 2 {
		t.Errorf("online: %v, %v", online, err)
	}
	conv := msgdef.Pair(inJSON.UID(), other.UID())
	if err := inJSON.MarkRead(conv, 3); err != nil {
		t.Fatal(err)
	}
	other.await("a receipt", func() bool { return len(other.reads) > 0 && other.reads[0].CSeq == 3 })
}

// TestJSONCatchesUp has a device of a user who was away pull its inbox in JSON,
// over TCP and over the bulk stream of QUIC.
func TestJSONCatchesUp(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	const n = 30
	for i := range n {
		alice.send(bob.UID(), fmt.Sprint(i, strings.Repeat("\x01", msgdef.MaxBody-8)))
	}
	for name, dialer := range map[string]transport.Dialer{"tcp": tcp.Dialer{}, "quic": client.QUICOnly(w.roots())} {
		late := w.inJSON("bob", dialer)
		for i, m := range late.messages(n)[:n] {
			if !strings.HasPrefix(string(m.Body), fmt.Sprint(i)) || len(m.Body) < msgdef.MaxBody-8 {
				t.Errorf("%s: message %d is %.10q of %d bytes", name, i, m.Body, len(m.Body))
			}
		}
	}
}
