package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// lean is a logged-in connection without the SDK, for loads in which what reads
// must cost next to nothing: it opens every record and hands the frames on. It
// has no state, does not reconnect, and sends no heartbeats: it says at login that
// its first would come later than a run is long.
type lean struct {
	conn   transport.Conn
	keys   *secure.Session
	uid    uint64
	unread []byte // before serve: received and not opened
	opened bool   // before serve: the last record may have frames left

	mu             sync.Mutex // of what is written
	frames, record []byte
}

// leanHeartbeat is the longest there is, in seconds.
const leanHeartbeat = 540

// enterLean logs an account in by the password of all accounts of a run, and
// comes back as the gate asks when it is busy.
func enterLean(ctx context.Context, t *Target, roots *secure.Roots, account string) (l *lean, err error) {
	err = persist(ctx, func(ctx context.Context) (err error) {
		l, err = dialLean(ctx, t, roots, account)
		return err
	})
	return l, err
}

func dialLean(ctx context.Context, t *Target, roots *secure.Roots, account string) (*lean, error) {
	conn, err := t.dialer(roots).Dial(ctx, t.Servers[rand.IntN(len(t.Servers))])
	if err != nil {
		return nil, err
	}
	l := &lean{conn: conn}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	err = l.login(roots, account)
	if !release() {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return l, nil
}

// login is the whole way from the first packet to the keys of the session.
func (l *lean) login(roots *secure.Roots, account string) error {
	if err := l.conn.SetReadDeadline(time.Now().Add(settleWithin)); err != nil {
		return err
	}
	h, err := secure.NewClientHandshake(secure.ClientConfig{Roots: roots, Now: time.Now})
	if err != nil {
		return err
	}
	if _, err := l.conn.Write(h.Hello()); err != nil {
		return err
	}
	reply, err := l.packet(secure.ReplySize)
	if err != nil {
		return err
	}
	if l.keys, err = h.Reply(reply); err != nil {
		return leanRefusal(err)
	}
	login := msgdef.Login{
		Method: msgdef.AuthPassword, Account: account, Secret: []byte(password),
		Device: max(rand.Uint64(), 1), Platform: msgdef.PlatformBot, SDK: "sim-bench", Heartbeat: leanHeartbeat,
	}
	login.Versions, login.Suites = l.keys.Offered()
	if err := l.send(&login); err != nil {
		return err
	}
	answer, err := l.next()
	if err != nil {
		return err
	}
	var welcome msgdef.LoginOK
	if err := leanAnswer(answer, msgdef.TypeLoginOK, welcome.Decode); err != nil {
		return err
	}
	l.uid, l.opened = welcome.UID, false
	if err := l.keys.Bind(welcome.Session, login.Append(nil), answer.Body); err != nil {
		return err
	}
	return l.conn.SetReadDeadline(time.Time{})
}

// packet reads until size finds something complete.
func (l *lean) packet(size func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := size(l.unread)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			p := l.unread[:n]
			l.unread = l.unread[n:]
			return p, nil
		}
		if err := l.more(); err != nil {
			return nil, err
		}
	}
}

// more reads behind what is unread, into memory of its own: frames alias the old.
func (l *lean) more() error {
	have := len(l.unread)
	grown := make([]byte, have+4096)
	copy(grown, l.unread)
	n, err := l.conn.Read(grown[have:])
	l.unread = grown[:have+n]
	return err
}

// next returns the next frame; before serve.
func (l *lean) next() (frame.Frame, error) {
	for {
		if l.opened {
			f, ok, err := l.keys.In.Next()
			if ok || err != nil {
				return f, err
			}
			l.opened = false
		}
		if _, err := l.packet(l.keys.In.Open); err != nil {
			return frame.Frame{}, err
		}
		l.opened = true
	}
}

// send writes messages in one record.
func (l *lean) send(messages ...frame.Message) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = l.frames[:0]
	for _, m := range messages {
		l.frames = frame.Append(l.frames, m)
	}
	return l.flush()
}

// flush writes l.frames. mu is held.
func (l *lean) flush() (err error) {
	if l.record, err = l.keys.Out.Append(l.record[:0], l.frames, time.Now()); err != nil {
		return err
	}
	_, err = l.conn.Write(l.record)
	return err
}

// leanAnswer decodes the answer to something, or says why it is another one.
func leanAnswer(f frame.Frame, want msgdef.Type, decode func([]byte) error) error {
	switch f.Type {
	case want:
		return decode(f.Body)
	case msgdef.TypeError:
		var e msgdef.Error
		if err := e.Decode(f.Body); err != nil {
			return err
		}
		return &client.Error{Code: e.Code, Retry: time.Duration(e.RetryAfter) * time.Millisecond, Detail: e.Detail}
	}
	return fmt.Errorf("bench: %v where %v was due", f.Type, want)
}
