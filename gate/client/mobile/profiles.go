package mobile

import (
	"github.com/sim-im/sim/msgdef"
)

// Profile is how a user shows themself.
type Profile struct {
	UserID        int64
	Account       string // the name they log in with
	Name          string // their own, which may be empty
	About         string
	Hidden        bool   // they do not want to be found; known of oneself only
	Avatar        *Media // nil when there is none
	Version       int64  // 0: they have set nothing
	ChangedMillis int64
}

func profileOf(p *msgdef.UserProfile) *Profile {
	own := &Profile{
		UserID: int64(p.UID), Account: p.Account, Name: p.Profile.Name, About: p.Profile.About, Hidden: p.Profile.Hidden,
		Version: int64(p.Version), ChangedMillis: p.Changed,
	}
	if id := p.Profile.Avatar; id != [16]byte{} {
		own.Avatar = &Media{id: id, ref: msgdef.MediaRef{ID: id, Conv: msgdef.Stream(p.UID)}}
	}
	return own
}

// ProfileList is some of them.
type ProfileList struct{ list []msgdef.UserProfile }

// Len returns how many there are.
func (l *ProfileList) Len() int { return len(l.list) }

// At returns one of them, from 0; nil where there is none.
func (l *ProfileList) At(i int) *Profile {
	if i < 0 || i >= len(l.list) {
		return nil
	}
	return profileOf(&l.list[i])
}

// Profile returns how a user shows themself; nil when there is none.
func (c *Client) Profile(user int64, call *Call) (*Profile, error) {
	ctx, cancel := call.context()
	defer cancel()
	list, err := c.c.Profiles(ctx, nil, uint64(user))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return profileOf(&list[0]), nil
}

// FindPeople returns some users whose name begins so.
func (c *Client) FindPeople(prefix string, call *Call) (*ProfileList, error) {
	ctx, cancel := call.context()
	defer cancel()
	list, err := c.c.FindPeople(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return &ProfileList{list}, nil
}

// SetProfile has the user show themself so; Avatar is nil, or what an upload or their
// Profile returned. Like settings it is queued.
func (c *Client) SetProfile(p *Profile) *Pending {
	own := msgdef.Profile{Name: p.Name, About: p.About, Hidden: p.Hidden}
	if p.Avatar != nil {
		own.Avatar = p.Avatar.id
	}
	return &Pending{c.c.SetProfile(own)}
}
