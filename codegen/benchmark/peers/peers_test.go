package peers

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chat is the message that all peers encode.
type chat struct {
	ID           int64
	Conversation uint64
	From, To     int64
	Kind, Flags  uint8
	At           int64
	Client       string
	Body         []byte
}

// the sample, and how many of it are in the list.
func sample() chat {
	return chat{
		ID: 1234567890123, Conversation: 0x1122334455667788, From: 1001, To: 1002, Kind: 1, Flags: 3,
		At: 1767225600000, Client: "client-message-0000042", Body: bytes.Repeat([]byte("some text "), 20),
	}
}

const listed = 50

// work is what a peer does with one message.
type work struct {
	encode func() []byte // into memory that it keeps
	decode func() error  // copies
	alias  func() error  // points into the input; nil when it cannot
}

// peer is a codec; chat, small and chats prepare its work.
type peer struct {
	name  string
	chat  func() (work, func() chat)
	small func() (work, func() [3]int64)
	chats func() (work, func() []chat)
}

func peers() []peer {
	return []peer{
		simPeer(), vtprotoPeer(), protobufPeer(), bebopPeer(), msgpPeer(), colferPeer(), bencPeer(), musPeer(), flatbuffersPeer(),
	}
}

// TestPeers proves that every peer reads what it wrote, all of it.
func TestPeers(t *testing.T) {
	var list []chat
	for range listed {
		list = append(list, sample())
	}
	for _, p := range peers() {
		t.Run(p.name, func(t *testing.T) {
			w, chat := p.chat()
			check(t, w, chat, sample())
			w, small := p.small()
			check(t, w, small, [3]int64{1, -2, 1 << 40})
			w, chats := p.chats()
			check(t, w, chats, list)
		})
	}
}

func check[T any](t *testing.T, w work, got func() T, want T) {
	t.Helper()
	t.Logf("%T: %d bytes", want, len(w.encode()))
	for _, read := range []func() error{w.decode, w.alias} {
		if read == nil {
			continue
		}
		if err := read(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got()); diff != "" {
			t.Error(diff)
		}
	}
}

func BenchmarkPeers(b *testing.B) {
	for _, message := range []string{"Chat", "Small", "Chats"} {
		for _, op := range []string{"encode", "decode", "alias"} {
			for _, p := range peers() {
				b.Run(strings.Join([]string{"message=" + message, "op=" + op, "codec=" + p.name}, "/"), func(b *testing.B) {
					measure(b, op, p.work(message))
				})
			}
		}
	}
}

func (p peer) work(message string) (w work) {
	switch message {
	case "Chat":
		w, _ = p.chat()
	case "Small":
		w, _ = p.small()
	default:
		w, _ = p.chats()
	}
	return w
}

func measure(b *testing.B, op string, w work) {
	b.ReportAllocs()
	size := len(w.encode())
	read := w.decode
	if op == "alias" {
		read = w.alias
	}
	switch {
	case op == "encode":
		for b.Loop() {
			w.encode()
		}
	case read == nil:
		b.Skip("it only copies")
	default:
		for b.Loop() {
			if err := read(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(size), "bytes")
}
