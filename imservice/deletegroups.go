package imservice

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	heirPage  = 1000 // members that are read at once to find who is to own a group
	heirTries = 8    // of finding one who is still there when it is their turn
)

// leaveGroup has a user who was removed leave a group, as they would have themself.
// What is theirs goes to the admin, or else the member, who is there for longest.
func (d *deletions) leaveGroup(ctx context.Context, uid uint64, conv msgdef.Conversation) error {
	for range heirTries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		heir, err := d.heir(uid, conv)
		if err != nil {
			return err
		}
		e := &departure{awaited: make(awaited, 1), uid: uid, conv: conv, heir: heir}
		it := e.says(&msgdef.GroupChange{Act: msgdef.GroupDissolve})
		if err := d.in.carryOut(e, d.in.weigh(&it), e.awaited); err != nil {
			return err
		}
		if !e.again {
			return nil
		}
	}
	return fmt.Errorf("user %d leaves group %x: %w", uid, conv, errAgain)
}

// heir returns who is to own a group when its owner leaves; 0 for nobody, or where
// somebody else owns it.
func (d *deletions) heir(uid uint64, conv msgdef.Conversation) (heir uint64, err error) {
	m, err := d.store.Member(conv, uid)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.Role != msgdef.RoleOwner {
		return 0, nil
	}
	var best msgdef.GroupMember
	for after := uint64(0); err == nil; {
		var page []msgdef.GroupMember
		page, err = d.store.Members(nil, conv, after, heirPage)
		for _, m := range page {
			after = m.UID
			better := m.Role > best.Role || m.Role == best.Role && m.Since < best.Since
			if err != nil || m.UID == uid || m.Role < msgdef.RoleMember || !better {
				continue
			}
			var is store.Standing
			if is, err = d.store.Standing(m.UID); err == nil && !is.Removed {
				best = m
			}
		}
		if len(page) < heirPage {
			break
		}
	}
	return best.UID, err
}

// departure is an errand: somebody who was removed leaves a group.
type departure struct {
	awaited
	uid  uint64
	conv msgdef.Conversation
	heir uint64

	again bool // the heir is none any more
}

// says is a change of the group that the service makes for the user.
func (d *departure) says(c *msgdef.GroupChange) rpc.Send {
	return rpc.Send{UID: d.uid, Conv: d.conv, Kind: msgdef.ContentGroup, Body: c.Append(nil)}
}

func (d *departure) about(g *store.Ground) {
	g.Conversations = append(g.Conversations, d.conv)
	askMembers(g, d.conv, d.uid)
	if d.heir != 0 {
		g.Users = append(g.Users, d.heir)
		askMembers(g, d.conv, d.heir)
	}
}

func (d *departure) join(q *sequencer, b *batch) error {
	d.again = false
	g, err := q.group(d.conv)
	if err == nil {
		err = g.know(q.store, d.uid, d.heir)
	}
	if err != nil {
		return err
	}
	role := g.is(d.uid)
	switch {
	case !g.alive() || role == msgdef.RoleNone:
		return (&faded{uid: d.uid, convs: []msgdef.Conversation{d.conv}}).join(q, b)
	case role == msgdef.RoleBanned:
		q.forgive(b, g, d.uid)
		return nil
	case role == msgdef.RoleOwner && g.Members == 1:
		return d.change(q, b, &msgdef.GroupChange{Act: msgdef.GroupDissolve})
	case role == msgdef.RoleOwner:
		if err = q.present(d.heir); isNobody(err) || err == nil && g.is(d.heir) < msgdef.RoleMember {
			d.again = true
			return nil
		}
		if err != nil {
			return err
		}
		err = d.change(q, b, &msgdef.GroupChange{Act: msgdef.GroupTransfer, UIDs: []uint64{d.heir}})
	}
	return cmp.Or(err, d.change(q, b, &msgdef.GroupChange{Act: msgdef.GroupLeave}))
}

// change makes one.
func (d *departure) change(q *sequencer, b *batch, c *msgdef.GroupChange) error {
	it := d.says(c)
	_, err := q.placeOwn(b, &it, q.now().UnixMilli())
	return err
}

// forgive drops that somebody is banned from a group, which nobody is told.
func (q *sequencer) forgive(b *batch, g *group, uid uint64) {
	made := &groupChange{group: g.Group, people: []msgdef.GroupMember{{UID: uid, Role: msgdef.RoleNone}}}
	made.group.Others -= min(made.group.Others, 1)
	q.change(b, g, made)
}
