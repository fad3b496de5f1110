package client

import (
	"context"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// maxMediaRefs is the most items of one request for links, see msgdef.
const maxMediaRefs = 32

// MediaOf returns what a message says of the media that it carries, nil when it
// carries none.
func MediaOf(m *Message) *msgdef.Media {
	if m.Kind < msgdef.ContentImage || m.Kind > msgdef.ContentVideo {
		return nil
	}
	in := new(msgdef.Media)
	if in.Decode(m.Body) != nil {
		return nil
	}
	return in
}

// RefOf names the media that a message carries, for MediaLinks and Download; the
// zero value when it carries none.
func RefOf(m *Message) msgdef.MediaRef {
	in := MediaOf(m)
	if in == nil {
		return msgdef.MediaRef{}
	}
	return msgdef.MediaRef{ID: in.ID, Conv: m.Conv, CSeq: m.CSeq}
}

// Links are where media can be read until Expires.
type Links struct {
	List    []msgdef.MediaLink // in the order of the question; Code tells why one has no URL
	Expires time.Time
}

// MediaLinks asks where media can be read, at most 32 of them. Whoever has a link
// can read what it is to, so it is to be shown to nobody else. Errors are those of
// History.
func (c *Client) MediaLinks(ctx context.Context, refs ...msgdef.MediaRef) (links Links, err error) {
	if len(refs) == 0 || len(refs) > maxMediaRefs {
		return links, checkArgument(fmt.Errorf("%d media; 1 to %d", len(refs), maxMediaRefs))
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			links = Links{}
			return &msgdef.GetMediaLinks{Req: req, Refs: refs}
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.MediaLinks)
			if !ok {
				return false, protocolError("%T in answer to GetMediaLinks", answer)
			}
			links.List, links.Expires = append(links.List, m.Clone().List...), time.UnixMilli(m.Expires)
			if m.Last && len(links.List) != len(refs) {
				return false, protocolError("%d links for %d media", len(links.List), len(refs))
			}
			return m.Last, bounded("MediaLinks", len(links.List), maxMediaRefs)
		},
	})
	return links, err
}

// HandleMediaLinks implements msgdef.DownHandler.
func (s *session) HandleMediaLinks(m *msgdef.MediaLinks) error { return s.answer(m.Req, m) }

// mediaToken asks for what lets this user upload.
func (c *Client) mediaToken(ctx context.Context) (token *msgdef.MediaToken, err error) {
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message { return &msgdef.GetMediaToken{Req: req} },
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.MediaToken)
			if !ok {
				return false, protocolError("%T in answer to GetMediaToken", answer)
			}
			token = m.Clone()
			return true, nil
		},
	})
	return token, err
}

// HandleMediaToken implements msgdef.DownHandler.
func (s *session) HandleMediaToken(m *msgdef.MediaToken) error { return s.answer(m.Req, m) }
