package gate

import (
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleSend implements msgdef.UpHandler: it gathers the message.
func (t *turn) HandleSend(m *msgdef.Send) error {
	t.ack(m.Ack)
	if wait, ok := t.mayFollow(m); !ok {
		t.rarely().held = hold{counter: m.Counter, wait: wait}
		return &refusal{of: msgdef.TypeSend, req: m.Counter, code: msgdef.CodeBusy, retry: wait}
	}
	t.held().passed(m.Counter)
	t.about(&m.Conv)
	t.sends.Items = append(t.sends.Items, rpc.Send{
		Conn: t.id, UID: t.uid, Device: t.device,
		Counter: m.Counter, After: m.After, Conv: m.Conv, Kind: m.Kind, Body: m.Body, Extra: m.Extra,
	})
	if len(t.sends.Items) == mostSends {
		t.flush()
	}
	return nil
}

// mayFollow holds a message against the user's rate and the fate of the one
// before. wait is when to send it again.
func (t *turn) mayFollow(m *msgdef.Send) (wait time.Duration, ok bool) {
	if !t.held().follows(m) {
		if t.exempt {
			return 0, true
		}
		limits := t.gate.limits.Load()
		if wait, ok = t.sender.take(rate{limits.SendRate, limits.SendBurst}, t.now); ok {
			return 0, true
		}
	}
	t.flush() // those before it have their fate first
	if h := t.held(); h != nil {
		wait = max(wait, h.wait)
	}
	return wait, false
}

// HandleAck implements msgdef.UpHandler.
func (t *turn) HandleAck(m *msgdef.Ack) error {
	t.ack(m.USeq)
	return nil
}

// HandleAppState implements msgdef.UpHandler: the app went to the background, or
// came back, and pings more seldom or more often from now on.
func (t *turn) HandleAppState(m *msgdef.AppState) error {
	if err := t.admit(msgdef.TypeAppState, 0); err != nil {
		return err
	}
	t.beats(m.Heartbeat)
	return nil
}

// HandlePing implements msgdef.UpHandler. Of pings that come faster than heads
// can be asked for, the last one is answered.
func (t *turn) HandlePing(m *msgdef.Ping) error {
	if err := t.admit(msgdef.TypePing, m.Nonce); err != nil {
		return err
	}
	if t.settled { // the head was read behind this Ping already
		t.reply(&msgdef.Pong{Nonce: m.Nonce, Head: t.top()})
		return nil
	}
	t.nonce.Store(m.Nonce)
	if !t.mark(pinging) {
		t.gate.pulse.ping(t.conn)
	}
	return nil
}

// HandleRead implements msgdef.UpHandler.
func (t *turn) HandleRead(m *msgdef.Read) error {
	if err := t.admit(msgdef.TypeRead, 0); err != nil {
		return err
	}
	item := rpc.Read{UID: t.uid, Conv: m.Conv, CSeq: m.CSeq, Device: t.device}
	if !t.gate.pulse.read(t.conn, item) {
		return &refusal{of: msgdef.TypeRead, code: msgdef.CodeBusy, retry: t.gate.times.Retry}
	}
	return nil
}

// HandleLogin implements msgdef.UpHandler: a session logs in once.
func (t *turn) HandleLogin(*msgdef.Login) error { return unexpected(msgdef.TypeLogin) }

// HandleKeyUpdate implements msgdef.UpHandler. The Opener keeps these frames.
func (t *turn) HandleKeyUpdate(*msgdef.KeyUpdate) error { return unexpected(msgdef.TypeKeyUpdate) }

// admit holds a frame that wants an answer against the rate of requests.
func (t *turn) admit(of msgdef.Type, req uint64) error {
	limits := t.gate.limits.Load()
	if t.exempt {
		return nil
	}
	if wait, ok := t.requests.take(rate{limits.RequestRate, limits.RequestBurst}, t.now); !ok {
		return &refusal{of: of, req: req, code: msgdef.CodeBusy, retry: wait}
	}
	return nil
}
