package imservice

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Most of a profile in code points, and profiles of an answer, see msgdef.
const (
	mostOwnName = 64
	mostAbout   = 280
	maxProfiles = 100
)

var errBadProfile = &rpc.Error{Code: msgdef.CodeBadProfile, Detail: "not a profile that others can read"}

// shown is what a Profile makes of how its user shows themself.
type shown struct {
	store.ProfileRow // but for Version and Changed
	was              msgdef.UserProfile
	now              int64
}

// show tells what the Profile in an item makes of its user, or why it may not.
func (q *sequencer) show(b *batch, it *rpc.Send, now int64) (*shown, error) {
	made := &shown{now: now}
	if made.Profile.Decode(it.Body) != nil || made.Profile.Validate() != nil || !goodProfile(&made.Profile) {
		return nil, errBadProfile
	}
	was, err := q.profile(b, it.UID)
	if err != nil {
		return nil, err
	}
	made.UID, made.was = it.UID, was
	made.Was = (&store.ProfileRow{UserProfile: was}).Found()
	return made, q.mayShow(made)
}

// profile returns how a user shows themself as of what was built before.
func (q *sequencer) profile(b *batch, uid uint64) (msgdef.UserProfile, error) {
	for i := len(b.commit.Profiles) - 1; i >= 0; i-- {
		if row := &b.commit.Profiles[i]; row.UID == uid {
			return row.UserProfile, nil
		}
	}
	list, err := q.store.Profiles(nil, []uint64{uid})
	if err != nil {
		return msgdef.UserProfile{}, err
	}
	return list[0], nil
}

// mayShow returns an error if an avatar is none, or not the user's own picture.
func (q *sequencer) mayShow(made *shown) error {
	id := made.Profile.Avatar
	if id == made.was.Profile.Avatar {
		return nil
	}
	q.carrying.hold()
	if id == (store.MediaID{}) {
		return nil
	}
	info, err := q.store.Media(id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && info.Owner != made.UID:
		return errUnknownMedia
	case err == nil && !strings.HasPrefix(info.Type, "image/"):
		return errMediaDiffers
	}
	return err
}

// goodProfile tells whether others can read it.
func goodProfile(p *msgdef.Profile) bool {
	return goodText(p.Name, mostOwnName, "") && strings.TrimSpace(p.Name) == p.Name && goodText(p.About, mostAbout, "\n")
}

// goodText tells whether a text is in normal form, has at most so many code points,
// and no control characters but those that are allowed.
func goodText(s string, most int, allowed string) bool {
	return utf8.ValidString(s) && norm.NFC.IsNormalString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) })
}

// claim implements ownAct.
func (m *shown) claim(*sequencer, *batch) error { return nil }

// write implements ownAct.
func (m *shown) write(_ *sequencer, b *batch, s sequences) {
	m.Version, m.Changed = s.cseq, s.at
	b.commit.Profiles = append(b.commit.Profiles, m.ProfileRow)
	was, is := m.was.Profile.Avatar, m.Profile.Avatar
	if was == is {
		return
	}
	avatar := msgdef.Stream(m.UID)
	if is != (store.MediaID{}) {
		b.commit.Carried = append(b.commit.Carried, store.CarriedRow{ID: is, Conv: avatar, CSeq: avatarPlace})
	}
	if was != (store.MediaID{}) {
		b.commit.Carried = append(b.commit.Carried, store.CarriedRow{ID: was, Conv: avatar, CSeq: avatarPlace, Gone: true, At: m.now})
	}
}

// avatarPlace is where in a user's stream their avatar is carried: by no message.
const avatarPlace = 0

// Profiles implements rpc.People.
func (s *Server) Profiles(ctx context.Context, query *rpc.ProfilesQuery) (*rpc.ProfilesReply, error) {
	if err := s.enter(ctx, max(len(query.UIDs), len(query.Known)), maxProfiles); err != nil {
		return nil, err
	}
	defer s.leave()
	list, err := s.profiles(ctx, query.UID, query.UIDs)
	if err != nil {
		return nil, s.failure(err)
	}
	reply := new(rpc.ProfilesReply)
	for i := range list {
		known := i < len(query.Known) && query.Known[i] != 0 && query.Known[i] == list[i].Version
		if list[i].Account != "" && !known {
			reply.List = append(reply.List, list[i])
		}
	}
	return reply, nil
}

// profiles returns how users show themselves to one, in their order; without an
// account those who do not exist. Who was removed shows nothing else.
func (s *Server) profiles(ctx context.Context, by uint64, uids []uint64) ([]msgdef.UserProfile, error) {
	list, err := s.options.Store.Profiles(nil, uids)
	if err != nil {
		return nil, err
	}
	wait := false
	for i := range list {
		p := &list[i]
		u, err := s.people.named(p.UID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		var d store.Standing
		if err == nil {
			d, err = s.options.Store.Standing(p.UID)
		}
		if err != nil {
			return nil, err
		}
		if p.Account = u.Name; d.Removed { // of no version that anybody has
			*p = msgdef.UserProfile{UID: p.UID, Account: u.Name, Deleted: true}
		}
		p.Profile.Hidden = p.Profile.Hidden && p.UID == by
		wait = wait || s.heads.users.under(p.UID)
	}
	if wait {
		err = s.synced(ctx)
	}
	return list, err
}

// reachesAvatar tells whether media are the avatar of a user, which everybody sees.
func (s *Server) reachesAvatar(owner uint64, ref msgdef.MediaRef) (msgdef.ErrorCode, error) {
	list, err := s.profiles(context.Background(), owner, []uint64{owner})
	if err == nil && (ref.ID == (store.MediaID{}) || list[0].Account == "" || list[0].Profile.Avatar != ref.ID) {
		return msgdef.CodeUnknownMedia, nil
	}
	return msgdef.CodeOK, err
}
