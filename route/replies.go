package route

import (
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of answers, see rpc.AppReplies.
const (
	maxReplies    = 4096
	maxReplyBytes = 32 << 20 // of bodies; half of what a call may carry
	maxDetail     = 256      // of a reply
	busyRetry     = 100      // milliseconds
)

// leastCode is the lowest code that a business service may give a client: those
// below end sessions and logins.
const leastCode = msgdef.CodeUnknownUser

// accept takes the answers of a part.
func (f *forwarding) accept(p *part, replies []rpc.AppReply) {
	var last uint32
	stray, flood := 0, 0
	for i := range replies {
		r := replies[i]
		if r.Item < last || uint64(r.Item) >= uint64(len(p.items)) {
			stray++
			continue
		}
		last = r.Item
		item := p.items[r.Item]
		a := &f.answers[item]
		if len(a.replies) >= rpc.MaxReplies {
			flood++
			continue
		}
		r.Item = uint32(item)
		f.check(&r, &p.claim)
		a.replies = append(a.replies, r)
	}
	f.server.refused(AppStrayReply, stray)
	f.server.refused(AppFlood, flood)
	if stray > 0 {
		f.server.options.Logger.Warn("a business service answered what it was not asked",
			"service", p.claim.Service, "instance", p.claim.Instance, "answers", stray)
	}
}

// check makes of an answer that the service may not give an error, so that the
// client does not wait for it.
func (f *forwarding) check(r *rpc.AppReply, c *rpc.Claim) {
	switch {
	case r.Code == msgdef.CodeOK && (!serves(c, r.Type) || len(r.Body) > frame.MaxBody):
		f.server.refused(AppBadReply, 1)
		*r = rpc.AppReply{Item: r.Item, Code: msgdef.CodeUnavailable, Detail: "the service gave an answer that it may not give"}
	case r.Code == msgdef.CodeOK:
		r.Retry, r.Detail = 0, ""
	case r.Code < leastCode:
		f.server.refused(AppBadReply, 1)
		*r = rpc.AppReply{Item: r.Item, Code: msgdef.CodeUnavailable, Detail: "the service gave a code that it may not give"}
	default:
		r.Type, r.Body, r.Detail = 0, nil, short(r.Detail)
	}
}

// short cuts a detail to what a reply can carry.
func short(detail string) string {
	if len(detail) > maxDetail {
		detail = detail[:maxDetail]
	}
	return strings.ToValidUTF8(detail, "")
}

// fail answers the frames of a part with what went wrong. Of errors between
// processes clients are told no more than that.
func (f *forwarding) fail(p *part, err error) {
	s := f.server
	code := rpc.CodeOf(err)
	refusal := rpc.AppReply{Code: code}
	why := AppFailed
	e, own := err.(*rpc.Error) //nolint:errorlint // nothing that wraps it crosses a contract
	switch {
	case code == msgdef.CodeBusy:
		why = AppBusy
		if own {
			refusal.Retry, refusal.Detail = e.Retry, short(e.Detail)
		}
	case own && e.Undone:
		why, refusal.Code, refusal.Detail = AppUnreachable, msgdef.CodeUnavailable, "the service is not reached"
		if e != errRetired {
			s.suspect(p, err)
		}
	case code == msgdef.CodeTimeout:
		why, refusal.Detail = AppTimeout, "the service did not answer in time"
	case code < leastCode, code == msgdef.CodeUnavailable, code == msgdef.CodeShuttingDown:
		refusal.Code, refusal.Detail = msgdef.CodeUnavailable, "the service failed"
	case own:
		refusal.Retry, refusal.Detail = e.Retry, short(e.Detail)
	}
	p.undone = own && e.Undone
	s.refused(why, len(p.items))
	s.options.Logger.Debug("frames of an application went no further",
		"service", p.claim.Service, "instance", p.claim.Instance, "frames", len(p.items), "error", err)
	for _, item := range p.items {
		refusal.Item = uint32(item)
		f.answers[item] = answer{replies: []rpc.AppReply{refusal}, tried: p.to}
	}
}

// suspect has an instance asked last for a while, and says so once.
func (s *Server) suspect(p *part, err error) {
	now := s.clock()
	if before := p.to.suspect.Swap(int64(now + suspectPause)); time.Duration(before) > now {
		return
	}
	s.options.Logger.Warn("a business service is not reached",
		"service", p.claim.Service, "instance", p.claim.Instance, "addr", p.claim.Addr, "error", err)
}

// merge puts the answers in the order of the frames, and drops what is more
// than a batch of answers carries. Every frame that was answered keeps an
// answer.
func (f *forwarding) merge() *rpc.AppReplies {
	firsts := 0
	for i := range f.answers {
		firsts += min(1, len(f.answers[i].replies))
	}
	out := &rpc.AppReplies{Items: make([]rpc.AppReply, 0, firsts)}
	more, room, flood := maxReplies-firsts, maxReplyBytes, 0
	for i := range f.answers {
		for j, r := range f.answers[i].replies {
			large := len(r.Body) > room
			if j > 0 && (more == 0 || large) {
				flood++
				continue
			}
			if large {
				flood++
				r = rpc.AppReply{Item: r.Item, Code: msgdef.CodeUnavailable, Detail: "the answers are too large together"}
			}
			if j > 0 {
				more--
			}
			room -= len(r.Body)
			out.Items = append(out.Items, r)
		}
	}
	f.server.refused(AppFlood, flood)
	f.server.counts.answered.Add(uint64(len(out.Items)))
	return out
}
