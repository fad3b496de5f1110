package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxSignIns is the most sessions of a page.
const maxSignIns = 100

// SignInPage is a page of the user's sessions, newest first.
type SignInPage struct {
	SignIns []msgdef.SignIn
	More    bool // there are older ones, before the last one
}

// SignIns returns at most limit of the user's own sessions, on all devices: where
// each came from, when it began and ended, and why. They begin after the last one of
// a page before, which is nil at first; limit 0 leaves it to the server. This session
// is told of within a second of its beginning.
func (c *Client) SignIns(ctx context.Context, after *msgdef.SignIn, limit int) (page SignInPage, err error) {
	if err := checkLimit(limit, maxSignIns); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = SignInPage{}
			m := &msgdef.GetSignIns{Req: req, Limit: uint16(limit)}
			if after != nil {
				m.Before, m.Conn, m.Gate = after.Began, after.Conn, after.Gate
			}
			return m
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.SignIns)
			if !ok {
				return false, protocolError("%T in answer to GetSignIns", answer)
			}
			page.SignIns, page.More = append(page.SignIns, m.Clone().List...), m.More
			return m.Last, bounded("SignIns", len(page.SignIns), maxSignIns)
		},
	})
	return page, err
}

// HandleSignIns implements msgdef.DownHandler.
func (s *session) HandleSignIns(m *msgdef.SignIns) error { return s.answer(m.Req, m) }
