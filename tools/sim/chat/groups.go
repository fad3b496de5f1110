package chat

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// run founds a group.
func (f found) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	uids, err := s.uids(ctx, f.users)
	if err != nil {
		return err
	}
	conv, err := s.client.FoundGroup(ctx, msgdef.GroupInfo{Name: f.name}, uids...)
	if err != nil {
		return unsent(":found", err)
	}
	s.screen.show(foundEvent{Event: "founded", Conversation: conversation(conv), Group: s.groups.learn(conv, f.name)})
	return nil
}

// uids returns the users of names. The error names all that do not exist.
func (s *session) uids(ctx context.Context, names []string) ([]uint64, error) {
	found, err := s.client.Lookup(ctx, names...)
	if err != nil {
		return nil, unanswered("who they are", err)
	}
	var uids []uint64
	var missing string
	for _, name := range names {
		uid, ok := found[name]
		if !ok {
			missing += " " + name
		} else if !slices.Contains(uids, uid) {
			uids = append(uids, uid)
		}
	}
	if missing != "" {
		return nil, &client.Error{Code: msgdef.CodeUnknownUser, Detail: "there is no user" + missing}
	}
	return uids, nil
}

// run does something to a group.
func (a act) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.group(ctx, a.group)
	if err != nil {
		return err
	}
	change := a.change
	if change.UIDs, err = s.uids(ctx, a.users); err != nil {
		return err
	}
	if a.lasts > 0 {
		change.Until = s.opts.Now().Add(a.lasts).UnixMilli()
	}
	return s.change(ctx, conv, &change)
}

// change sends a change and shows that it is done.
func (s *session) change(ctx context.Context, conv msgdef.Conversation, change *msgdef.GroupChange) error {
	name := s.groupName(ctx, conv)
	sent, err := s.client.ChangeGroup(ctx, conv, change)
	if err != nil {
		return unsent(name, err)
	}
	s.screen.show(sentEvent{
		Event: "sent", Conversation: conversation(conv), To: name, content: s.groupContent(ctx, conv, change),
		CSeq: sent.CSeq, USeq: sent.USeq, At: sent.At,
	})
	return nil
}

// run changes what a group is.
func (i inform) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.group(ctx, i.group)
	if err != nil {
		return err
	}
	list, err := s.client.Groups(ctx, conv)
	if err != nil {
		return unanswered("what "+i.group+" is", err)
	}
	if len(list) == 0 {
		return noGroup(i.group)
	}
	change := &msgdef.GroupChange{Act: msgdef.GroupInform, Info: list[0].Info}
	i.change(&change.Info)
	return s.change(ctx, conv, change)
}

// run lists people, and groups, by name. One letter is enough for groups only.
func (f find) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	if utf8.RuneCountInString(f.prefix) > 1 {
		if err := s.people(ctx, f.prefix); err != nil {
			return err
		}
	}
	page, err := s.client.FindGroups(ctx, f.prefix, "")
	if err != nil {
		return unanswered(":find "+f.prefix, err)
	}
	s.learnGroups(page.Groups)
	e := groupsEvent{Event: "groups", Groups: []groupShown{}, More: page.Next != ""}
	for i := range page.Groups {
		e.Groups = append(e.Groups, newGroupShown(&page.Groups[i]))
	}
	s.screen.show(e)
	return nil
}

// run lists the members of a group.
func (m members) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.group(ctx, m.group)
	if err != nil {
		return err
	}
	all, err := s.allMembers(ctx, conv)
	if err != nil {
		return unanswered("members of "+m.group, err)
	}
	list, err := s.client.Groups(ctx, conv)
	if err != nil {
		return unanswered("what "+m.group+" is", err)
	}
	if len(list) == 0 {
		return noGroup(m.group)
	}
	uids := make([]uint64, len(all))
	for i := range all {
		uids[i] = all[i].UID
	}
	names := s.names(ctx, uids...)
	s.groups.learn(conv, list[0].Info.Name)
	e := membersEvent{Event: "members", groupShown: newGroupShown(&list[0]), List: []memberShown{}}
	for _, x := range all {
		e.List = append(e.List, memberShown{User: names[x.UID], Role: x.Role.String(), Read: x.Read, Muted: x.Muted})
	}
	s.screen.show(e)
	return nil
}

// allMembers asks for page after page.
func (s *session) allMembers(ctx context.Context, conv msgdef.Conversation) (all []msgdef.GroupMember, err error) {
	for after := uint64(0); ; after = all[len(all)-1].UID {
		page, err := s.client.Members(ctx, conv, after, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Members...)
		if !page.More || len(page.Members) == 0 {
			return all, nil
		}
	}
}
