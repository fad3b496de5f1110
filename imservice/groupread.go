package imservice

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Most items of an answer, see msgdef, and how many there are when nobody says.
const (
	maxGroups   = 100
	maxMembers  = 500
	mostBare    = 16384 // members of whom nothing is told but who they are
	maxTalks    = 128
	someGroups  = 20
	someMembers = 200
	someTalks   = 64
)

// reader returns from which message on somebody may read a conversation.
// Membership of a pair is in its name; that of a group the store knows, maybe a
// moment before it is durable.
func (s *Server) reader(conv msgdef.Conversation, uid uint64) (since uint64, code msgdef.ErrorCode, err error) {
	if owner, ok := msgdef.StreamOwner(conv); ok && owner == uid {
		return 1, msgdef.CodeOK, nil
	}
	if _, ok := msgdef.GroupID(conv); !ok {
		return 1, checkMember(conv, uid), nil
	}
	m, _, code, err := s.member(conv, uid)
	return m.Since, code, err
}

// member returns what somebody is to a group whose member they are, else the code
// that says so. Rows of members may be left of a group that is dissolved.
func (s *Server) member(conv msgdef.Conversation, uid uint64) (m msgdef.GroupMember, g msgdef.Group, code msgdef.ErrorCode, err error) {
	m, err = s.options.Store.Member(conv, uid)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return msgdef.GroupMember{}, g, 0, err
	}
	g, err = s.options.Store.Group(conv)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return msgdef.GroupMember{}, g, 0, err
	}
	switch {
	case g.Founded == 0 || g.Dissolved:
		return msgdef.GroupMember{}, g, msgdef.CodeUnknownConversation, nil
	case m.Role < msgdef.RoleMember:
		return msgdef.GroupMember{}, g, msgdef.CodeForbidden, nil
	}
	return m, g, msgdef.CodeOK, nil
}

// Groups implements rpc.Groups.
func (s *Server) Groups(ctx context.Context, query *rpc.GroupsQuery) (*rpc.GroupsReply, error) {
	if err := s.enter(ctx, len(query.Convs), maxGroups); err != nil {
		return nil, err
	}
	defer s.leave()
	reply := new(rpc.GroupsReply)
	for _, conv := range query.Convs {
		g, err := s.options.Store.Group(conv)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			err = s.regard(&g, query.UID)
		}
		if err != nil {
			return nil, s.failure(err)
		}
		if g.Role >= msgdef.RoleAsking || g.Info.Listed {
			reply.List = append(reply.List, g)
		}
	}
	return reply, nil
}

// regard adds what the group is to one user. What only members may know goes.
func (s *Server) regard(g *msgdef.Group, uid uint64) error {
	m, err := s.options.Store.Member(g.Conv, uid)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if g.Dissolved {
		m = msgdef.GroupMember{}
	}
	g.Role, g.Since, g.Muted = m.Role, m.Since, m.Muted
	if m.Role < msgdef.RoleMember {
		g.Info.Announcement = ""
	}
	if m.Role < msgdef.RoleAdmin {
		g.Others = 0
	}
	return nil
}

// FindGroups implements rpc.Groups.
func (s *Server) FindGroups(ctx context.Context, search *rpc.GroupSearch) (*rpc.GroupsReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	prefix, after, err := searched(search)
	if err != nil {
		return nil, err
	}
	limit := limited(search.Limit, someGroups, maxGroups)
	found, err := s.options.Store.FindGroups(nil, prefix, after, limit+1)
	for i := 0; i < len(found) && err == nil; i++ {
		err = s.regard(&found[i], search.UID)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	reply := &rpc.GroupsReply{List: found}
	if len(found) > limit {
		reply.List = found[:limit]
		last := store.GroupRow{Group: found[limit-1]}
		reply.Next = last.Folded() + placeMark + hex.EncodeToString(last.Conv[:])
	}
	return reply, nil
}

// placeMark is between name and conversation of a place in a search; no name has
// it.
const placeMark = "\x00"

// searched returns what a search is for, and where it goes on.
func searched(search *rpc.GroupSearch) (prefix string, after store.Listed, err error) {
	errBad := rpc.Errorf(msgdef.CodeBadArgument, "a search is for 1 to 128 bytes, from the beginning or from Next of a page")
	prefix = store.Fold(search.Prefix)
	if prefix == "" || !utf8.ValidString(search.Prefix) || strings.Contains(prefix, placeMark) {
		return "", after, errBad
	}
	if search.After == "" {
		return prefix, after, nil
	}
	name, conv, ok := strings.Cut(search.After, placeMark)
	id, bad := hex.DecodeString(conv)
	if !ok || bad != nil || len(id) != len(after.Conv) {
		return "", after, errBad
	}
	return prefix, store.Listed{Name: name, Conv: msgdef.Conversation(id)}, nil
}

// limited is how many items an answer has at most, for who asked for so many or, by
// 0, for some.
func limited(asked uint16, some, most int) int {
	if asked == 0 {
		return some
	}
	return min(int(asked), most)
}

// Members implements rpc.Groups.
func (s *Server) Members(ctx context.Context, query *rpc.MembersQuery) (*rpc.MembersReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	if _, ok := msgdef.GroupID(query.Conv); !ok {
		return nil, errNoGroup
	}
	self, _, code, err := s.member(query.Conv, query.UID)
	switch {
	case err != nil:
		return nil, s.failure(err)
	case code != msgdef.CodeOK:
		return nil, &rpc.Error{Code: code, Detail: "not a member of this group"}
	}
	var reply *rpc.MembersReply
	if query.Bare {
		reply, err = s.bareMembers(query)
	} else {
		reply, err = s.members(query, self.Role)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// members reads a page for a member of a role. Who is less than a member only
// admins see.
func (s *Server) members(query *rpc.MembersQuery, role msgdef.GroupRole) (*rpc.MembersReply, error) {
	least := msgdef.RoleMember
	if role >= msgdef.RoleAdmin {
		least = msgdef.RoleBanned
	}
	list, more, err := s.memberPage(query, limited(query.Limit, someMembers, maxMembers), least)
	if err != nil {
		return nil, err
	}
	return &rpc.MembersReply{List: list, More: more}, s.mark(query.Conv, list)
}

// bareMembers reads who the members are, and nothing else of them.
func (s *Server) bareMembers(query *rpc.MembersQuery) (*rpc.MembersReply, error) {
	list, more, err := s.memberPage(query, limited(query.Limit, mostBare, mostBare), msgdef.RoleMember)
	if err != nil {
		return nil, err
	}
	reply := &rpc.MembersReply{More: more}
	for i := range list {
		reply.UIDs = append(reply.UIDs, list[i].UID)
	}
	return reply, nil
}

// memberPage reads up to limit of those who are at least something in a group, and
// tells whether others follow.
func (s *Server) memberPage(query *rpc.MembersQuery, limit int, least msgdef.GroupRole) (list []msgdef.GroupMember, more bool, err error) {
	for after := query.After; ; {
		page, err := s.options.Store.Members(nil, query.Conv, after, limit+1)
		if err != nil {
			return nil, false, err
		}
		for _, m := range page {
			if m.Role < least {
				continue
			}
			if len(list) == limit {
				return list, true, nil
			}
			list = append(list, m)
		}
		if len(page) <= limit {
			return list, false, nil
		}
		after = page[limit].UID
	}
}

// mark fills in how far members have read.
func (s *Server) mark(conv msgdef.Conversation, list []msgdef.GroupMember) error {
	uids := make([]uint64, len(list))
	for i := range list {
		uids[i] = list[i].UID
	}
	cseqs, err := s.heads.marks(conv, uids)
	for i := range cseqs {
		list[i].Read = cseqs[i]
	}
	return err
}
