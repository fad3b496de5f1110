package gate_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// FuzzSession feeds a logged-in session one record of any frames. The gate
// answers a ping behind them, or closes for a reason, and nobody else notices.
func FuzzSession(f *testing.F) {
	for _, m := range []frame.Message{
		&msgdef.Send{Counter: 1, Kind: msgdef.ContentText, Body: []byte("body")},
		&msgdef.Ack{USeq: 1}, &msgdef.Ping{Nonce: 1}, &msgdef.Read{CSeq: 1},
		&msgdef.GetMsg{Req: 1, After: 1, Limit: 1}, &msgdef.GetConv{Req: 1, Before: 1},
		&msgdef.Lookup{Req: 1, Names: []string{"alice", "bob"}, UIDs: []uint64{1}},
		&msgdef.GetPresence{Req: 1, UIDs: []uint64{1, 2}},
		&msgdef.Login{Account: "again"}, &msgdef.KeyUpdate{}, &msgdef.SendAck{Counter: 1},
	} {
		f.Add(frame.Append(nil, m))
		f.Add(frame.Append(frame.Append(nil, &msgdef.Ack{}), m))
	}
	f.Add([]byte{1, 0x80, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 1})
	w := newWorld(f, func(o *gate.Options) {
		o.Times.Linger = 1 // the client of this test reads what it is sent at once
		o.Times.Sweep = time.Millisecond
	})
	witness := w.login("robot", 1)
	counter := uint64(0)
	f.Fuzz(func(t *testing.T, frames []byte) {
		if len(frames) == 0 || len(frames) > frame.MaxSize {
			return
		}
		w.t, witness.t = t, t
		defer func() { w.t = f }()
		c := w.login("mallory", 6)
		defer c.conn.Close()
		record := c.sealRaw(frames)
		ping := c.seal(&msgdef.Ping{Nonce: binary.LittleEndian.Uint64([]byte("fuzzping"))})
		c.write(append(record, ping...))
		for alive := true; alive; {
			m, err := c.next()
			switch {
			case errors.Is(err, io.EOF):
				alive = false
			case err != nil:
				t.Fatalf("%x: %v", frames, err)
			case m.Type == msgdef.TypePong:
				alive = string(m.Body[:8]) != "fuzzping"
			}
		}
		counter++
		stillServed(witness, counter)
		if n := w.gate.Stats().Closes[gate.ReasonInternal]; n != 0 {
			t.Fatalf("%x: %d connections ended for no reason", frames, n)
		}
	})
}

// FuzzForward has a client send any frames and a service answer them with
// anything. The client gets no more than the service sent and an error for each
// frame, in types of applications, and nobody else notices.
func FuzzForward(f *testing.F) {
	for _, replies := range []*rpc.AppReplies{
		{}, {Items: []rpc.AppReply{{Type: 0x8001, Body: []byte("body")}, {Item: 1, Code: msgdef.CodeBusy, Retry: 5}}},
		{Items: []rpc.AppReply{{Item: 7, Type: 0xffff}, {Type: 1}, {Code: 100}, {Code: 0xffff}}},
	} {
		f.Add([]byte{1, 0x80, 0, 0}, replies.Append(nil))
		f.Add([]byte{0xff, 0xff, 1, 0, 7, 1, 0x80, 0, 0, 1, 1, 0, 0}, replies.Append(nil))
	}
	w := newWorld(f, func(o *gate.Options) {
		o.Times.Linger = 1
		o.Times.Sweep = time.Millisecond
	})
	witness := w.login("robot", 1)
	counter := uint64(0)
	f.Fuzz(func(t *testing.T, frames, encoded []byte) {
		var replies rpc.AppReplies
		if len(frames) == 0 || len(frames) > frame.MaxSize || replies.Decode(encoded) != nil {
			return
		}
		w.t, witness.t = t, t
		defer func() { w.t = f }()
		w.far.claim(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
			answer := replies
			return &answer, nil
		})
		c := w.login("mallory", 6)
		defer c.conn.Close()
		c.write(append(c.sealRaw(frames), c.seal(&msgdef.Ping{Nonce: 77})...))
		for alive := true; alive; {
			m, err := c.next()
			switch {
			case errors.Is(err, io.EOF):
				alive = false
			case err != nil:
				t.Fatalf("%x: %v", frames, err)
			case m.Type == msgdef.TypeKicked:
				t.Fatalf("%x: kicked", frames)
			case m.Type == msgdef.TypePong:
				alive = m.Body[0] != 77
			}
		}
		counter++
		stillServed(witness, counter)
		if n := w.gate.Stats().Closes[gate.ReasonInternal]; n != 0 {
			t.Fatalf("%x: %d connections ended for no reason", frames, n)
		}
	})
}

// stillServed fails unless a message of the witness to itself is acknowledged.
// Messages that the fuzzer made up may be to the witness too, and come before.
func stillServed(witness *client, counter uint64) {
	witness.t.Helper()
	witness.send(witness.note(counter, "works"))
	for {
		f, err := witness.next()
		switch {
		case err != nil:
			witness.t.Fatalf("the witness's session ended: %v", err)
		case f.Type == msgdef.TypeNotify:
			continue
		}
		var ack msgdef.SendAck
		if err := ack.Decode(f.Body); f.Type != msgdef.TypeSendAck || err != nil || ack.Counter != counter {
			witness.t.Fatalf("the witness got %v %x, want an acknowledgement of %d", f.Type, f.Body, counter)
		}
		return
	}
}
