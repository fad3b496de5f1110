package gate

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// ofApplication tells the types that the gate has no handlers for, and passes
// on.
func ofApplication(t msgdef.Type) bool { return t >= msgdef.FirstApplicationType }

// pass takes a frame of an application towards its service, or refuses it for
// now. It does not wait. Frames are numbered, so that the client knows what an
// Error answers: the gate cannot look into a body for a Req.
func (t *turn) pass(f frame.Frame) error {
	rare := t.rarely()
	rare.appFrames++
	err := t.admit(f.Type, rare.appFrames)
	if err == nil && !t.gate.lanes.add(t.conn, rare.appFrames, f) {
		err = t.refused(f.Type, rare.appFrames, msgdef.CodeBusy)
	}
	if err != nil {
		t.gate.counts.appBusy.Add(1)
	}
	return err
}

// call makes the call of a batch and queues its answers. The batch, and what it
// owns, is the route's until Forward returns; the answers are ours.
func (l *lanes) call(b *appBatch) {
	s := l.gate
	ctx, cancel := s.call(s.times.Call)
	defer cancel()
	s.counts.appFrames.Add(uint64(len(b.from)))
	replies, err := s.options.Route.Forward(ctx, &b.frames)
	if err != nil {
		for i := range b.from {
			s.failApp(b, i, err)
		}
		return
	}
	sp := s.spread()
	defer sp.done()
	for i := range replies.Items {
		s.answerApp(sp, b, &replies.Items[i])
	}
}

// answerApp queues one answer. A service says what it likes, but only to the
// connections of the batch, in types of applications, and nothing that ends a
// session.
func (s *Server) answerApp(sp *spread, b *appBatch, r *rpc.AppReply) {
	if int64(r.Item) >= int64(len(b.from)) {
		s.counts.drop(DropBad, 1)
		return
	}
	from, t := &b.from[r.Item], msgdef.Type(r.Type)
	switch {
	case from.failed:
		s.counts.drop(DropAnswer, 1)
	case r.Code != msgdef.CodeOK:
		s.failApp(b, int(r.Item), refusalOf(r))
	case !ofApplication(t) || len(r.Body) > frame.MaxBody:
		s.counts.drop(DropBad, 1)
		s.failApp(b, int(r.Item), rpc.Errorf(msgdef.CodeUnavailable, "the answer is none"))
	default:
		list, full := from.conn.answerApp(t, r.Body)
		sp.list(from.conn, list)
		if full {
			s.counts.drop(DropAnswer, 1)
			s.failApp(b, int(r.Item), rpc.Errorf(msgdef.CodeTimeout, "no room for the answer: read faster"))
		}
	}
}

// failApp answers a frame with an error, which is the last of its answers.
func (s *Server) failApp(b *appBatch, item int, err error) {
	from := &b.from[item]
	from.failed = true
	s.counts.appRefused.Add(1)
	r := s.failed(msgdef.Type(b.frames.Items[item].Type), from.number, err)
	if endsSessions(r.code) {
		r.code, r.retry = msgdef.CodeUnavailable, s.times.Retry
	}
	from.conn.refuse(r)
}

// endsSessions tells codes that make a client leave, which is not for services
// and routes to say.
func endsSessions(code msgdef.ErrorCode) bool { return code < msgdef.CodeUnknownUser }

// refusalOf is the error that a service answers with.
func refusalOf(r *rpc.AppReply) error {
	code := r.Code
	if endsSessions(code) {
		code = msgdef.CodeBadArgument
	}
	return &rpc.Error{Code: code, Retry: r.Retry, Detail: r.Detail}
}

// answerApp queues an answer to a frame of an application, which never
// collapses. The lane does not wait: full tells that the client reads so slowly
// that nothing may wait for it any more. list is that of notify.
func (c *conn) answerApp(t msgdef.Type, body []byte) (list, full bool) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.phase >= finishing:
		c.gate.counts.drop(DropGone, 1)
		return false, false
	case o.replies == nil:
		o.replies = c.gate.buffers.get()
	case len(o.replies.b)+frame.HeaderSize+len(body) > c.gate.noteLimits().bytes || o.pressed(len(body), &c.gate.pressure):
		return false, true
	}
	o.replies.b = frame.AppendRaw(o.replies.b, t, body)
	c.gate.counts.framesOut.Add(1)
	c.gate.counts.appReplies.Add(1)
	return o.list(), false
}
