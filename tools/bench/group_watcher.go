package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// watcher is a member that receives. It has a cursor, as a device has, and does
// with what it misses what a device does: while something is missing it takes no
// notice of what is pushed, and pulls.
//
//	in step ──a gap, or a ConvHead──▶ behind ──GetConv──▶ ConvPage … ──▶ in step
type watcher struct {
	group             *group
	link              *lean
	send              func(...frame.Message) error
	deliveries, pulls *shard

	mu      sync.Mutex // held while a read is taken; totals look in from outside
	next    uint64     // cseq that is due: everything before it is here
	newest  uint64     // cseq of the last one that was pushed
	head    uint64     // where the group goes to, as far as is known
	asking  bool       // a GetConv is not answered yet
	authors []author
	ended   int // authors
	seen    Integrity
	now     time.Time // of the read that is taken
	pushed  []time.Duration
	pulled  []time.Duration

	notify  msgdef.NotifyConv // scratch
	page    msgdef.ConvPage   // scratch
	message msgdef.Message    // scratch
}

// author is somebody whose messages a watcher has read.
type author struct {
	uid     uint64
	numbers sequence
}

// watch begins to watch. Until others have become members the group may be too
// small to be watched.
func (w *watcher) watch(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, settleWithin, errSilent)
	defer cancel()
	release := context.AfterFunc(ctx, func() { w.link.conn.Close() })
	for {
		answer, err := w.ask()
		if err != nil {
			return because(ctx, err)
		}
		if answer.Code == msgdef.CodeOK {
			w.next, w.newest = answer.Head+1, answer.Head
			break
		}
		if answer.Code != msgdef.CodeBadArgument {
			return &client.Error{Code: answer.Code, Detail: "in answer to Watch"}
		}
		if err := sleepUntil(ctx, time.Now().Add(connectPause)); err != nil {
			return context.Cause(ctx)
		}
	}
	if !release() {
		return context.Cause(ctx)
	}
	w.send = w.link.send
	polled, err := w.group.poller.take(w.link, w)
	if !polled && err == nil {
		w.group.serve(w.link, w)
	}
	return err
}

// ask asks once.
func (w *watcher) ask() (answer msgdef.Watched, err error) {
	if err := w.link.send(&msgdef.Watch{Req: 1, Convs: [][16]byte{w.group.plan.Conv}}); err != nil {
		return answer, err
	}
	for {
		f, err := w.link.next()
		if err != nil {
			return answer, err
		}
		if f.Type != msgdef.TypeWatching && f.Type != msgdef.TypeError {
			continue // of being made a member
		}
		var watching msgdef.Watching
		if err := leanAnswer(f, msgdef.TypeWatching, watching.Decode); err != nil {
			return answer, err
		}
		if len(watching.List) != 1 {
			return answer, errors.New("bench: Watching says not as much as was asked")
		}
		return watching.List[0], nil
	}
}

// took implements leanReader.
func (w *watcher) took(f frame.Frame) error {
	if w.now.IsZero() {
		w.mu.Lock()
		w.now = time.Now()
	}
	switch f.Type {
	case msgdef.TypeNotifyConv:
		if err := w.notify.DecodeAlias(f.Body); err != nil {
			return err
		}
		if err := w.message.DecodeAlias(w.notify.Message); err != nil {
			return err
		}
		w.push(&w.message)
	case msgdef.TypeConvHead:
		var head msgdef.ConvHead
		if err := head.Decode(f.Body); err != nil {
			return err
		}
		if head.Code != msgdef.CodeOK {
			return &client.Error{Code: head.Code, Detail: "watching was ended"}
		}
		w.head = max(w.head, head.CSeq)
		return w.pull()
	case msgdef.TypeConvPage:
		if err := w.page.DecodeAlias(f.Body); err != nil {
			return err
		}
		return w.turn(&w.page)
	case msgdef.TypeError:
		return w.refused(leanAnswer(f, msgdef.TypeConvPage, nil))
	case msgdef.TypeKicked:
		return leanAnswer(f, msgdef.TypeConvPage, nil)
	}
	if w.head >= w.next {
		return w.pull()
	}
	return nil
}

// over implements leanReader.
func (w *watcher) over() error {
	if w.now.IsZero() {
		return nil
	}
	w.deliveries.each(w.now, w.pushed)
	w.pulls.each(w.now, w.pulled)
	w.pushed, w.pulled, w.now = w.pushed[:0], w.pulled[:0], time.Time{}
	w.mu.Unlock()
	return nil
}

// push takes a message that was pushed.
func (w *watcher) push(m *msgdef.Message) {
	switch {
	case m.CSeq == w.newest:
		w.seen.Duplicated++
		return
	case m.CSeq < w.newest:
		w.seen.Disordered++
		return
	}
	w.newest = m.CSeq
	switch {
	case m.CSeq == w.next:
		if late, ours := w.arrived(m); ours {
			w.pushed = append(w.pushed, late)
		}
	case m.CSeq > w.next:
		w.head = max(w.head, m.CSeq)
	}
}

// turn takes a page of what was missed.
func (w *watcher) turn(page *msgdef.ConvPage) error {
	for _, encoded := range page.Messages {
		if err := w.message.DecodeAlias(encoded); err != nil {
			return err
		}
		switch m := &w.message; {
		case m.CSeq < w.next:
			w.seen.Duplicated++
		case m.CSeq > w.next:
			w.seen.Gaps += m.CSeq - w.next
			w.next = m.CSeq
			fallthrough
		default:
			if late, ours := w.arrived(m); ours {
				w.pulled = append(w.pulled, late)
			}
		}
	}
	if !page.Last {
		return nil
	}
	w.asking = false
	if len(page.Messages) == 0 && w.head >= w.next {
		w.seen.Gaps += w.head + 1 - w.next // nobody has them
		w.next = w.head + 1
	}
	return w.pull()
}

// refused asks again later, if the gate is busy.
func (w *watcher) refused(err error) error {
	var e *client.Error
	if !errors.As(err, &e) || e.Code != msgdef.CodeBusy {
		return err
	}
	time.AfterFunc(max(e.Retry, connectPause), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.asking = false
		if err := w.pull(); err != nil {
			w.link.conn.Close() // whoever reads finds out
		}
	})
	return nil
}

// pull asks for what is missing.
func (w *watcher) pull() error {
	if w.asking || w.head < w.next {
		return nil
	}
	w.asking = true
	return w.send(&msgdef.GetConv{Req: w.next, Conv: w.group.plan.Conv, After: w.next - 1, Limit: auditSize})
}
