package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Most of a profile in code points, and profiles of one answer, see msgdef.
const (
	mostOwnName = 64
	mostAbout   = 280
	maxProfiles = 100
	maxPeople   = 20
)

// SetProfile has the user show themself so, in the place of what was before. Texts
// are brought into normal form C. It is queued like SetArchived, and the user's other
// devices get it as a message. The error wraps ErrArgument and names all that is
// wrong; a refusal of an avatar has msgdef.CodeUnknownMedia or CodeMediaDiffers.
func (c *Client) SetProfile(p msgdef.Profile) *Handle {
	p.Name, p.About = norm.NFC.String(p.Name), norm.NFC.String(p.About)
	if err := checkProfile(&p); err != nil {
		h := &Handle{c: c, done: make(chan struct{})}
		h.finish(Sent{}, err)
		return h
	}
	return c.queueOwn(msgdef.ContentProfile, &p, time.Time{})
}

// checkProfile lists everything that is wrong with a profile.
func checkProfile(p *msgdef.Profile) error {
	var errs []error
	wrong := func(what string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+what, append([]any{ErrArgument}, args...)...))
	}
	if n := utf8.RuneCountInString(p.Name); n > mostOwnName {
		wrong("a name of %d code points; at most %d", n, mostOwnName)
	}
	if strings.TrimSpace(p.Name) != p.Name {
		wrong("a name that begins or ends with a space")
	}
	if n := utf8.RuneCountInString(p.About); n > mostAbout {
		wrong("about with %d code points; at most %d", n, mostAbout)
	}
	for _, text := range []struct{ what, is, allowed string }{{"a name", p.Name, ""}, {"about", p.About, "\n"}} {
		if !utf8.ValidString(text.is) {
			wrong("%s that is not UTF-8", text.what)
		}
		if strings.ContainsFunc(text.is, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(text.allowed, r) }) {
			wrong("%s with control characters", text.what)
		}
	}
	return errors.Join(errs...)
}

// Profiles returns how at most 100 users show themselves, those who exist. known has
// versions by user id, as an earlier answer said them: what has not changed since is
// not sent again, and absent. Avatars are read by MediaLinks, with the user's stream
// as Conv (msgdef.Stream). Errors are those of History.
func (c *Client) Profiles(ctx context.Context, known map[uint64]uint64, uids ...uint64) (list []msgdef.UserProfile, err error) {
	if len(uids) > maxProfiles {
		return nil, fmt.Errorf("%w: %d profiles; at most %d", ErrArgument, len(uids), maxProfiles)
	}
	question := msgdef.GetProfiles{UIDs: uids}
	for _, uid := range uids {
		question.Known = append(question.Known, known[uid])
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := question
			list, asked.Req = nil, req
			return &asked
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.Profiles)
			if !ok {
				return false, protocolError("%T in answer to GetProfiles", answer)
			}
			list = append(list, m.Clone().List...)
			return m.Last, bounded("Profiles", len(list), maxProfiles)
		},
	})
	return list, err
}

// FindPeople returns some users the name of whose account, or whose own name, begins
// so, without regard to case; prefix has 2 code points at least. Errors are those of
// History; a server may forbid it, or say that it was asked too often (ErrBusy).
func (c *Client) FindPeople(ctx context.Context, prefix string) (list []msgdef.UserProfile, err error) {
	question := msgdef.FindPeople{Prefix: norm.NFC.String(prefix)}
	if err := checkArgument(question.Validate()); err != nil {
		return nil, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := question
			list, asked.Req = nil, req
			return &asked
		},
		take: func(answer any) (last bool, err error) {
			m, ok := answer.(*msgdef.FoundPeople)
			if !ok {
				return false, protocolError("%T in answer to FindPeople", answer)
			}
			list = append(list, m.Clone().List...)
			return m.Last, bounded("FoundPeople", len(list), maxPeople)
		},
	})
	return list, err
}

// HandleProfiles implements msgdef.DownHandler.
func (s *session) HandleProfiles(p *msgdef.Profiles) error { return s.answer(p.Req, p) }

// HandleFoundPeople implements msgdef.DownHandler.
func (s *session) HandleFoundPeople(p *msgdef.FoundPeople) error { return s.answer(p.Req, p) }
