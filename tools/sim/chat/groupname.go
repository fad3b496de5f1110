package chat

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// A line names a group by groupMark and its name, with spacer for each space, or
// by groupMark and the 16 hexadecimal digits of its id. Names are shown so too.
const (
	groupMark = "#"
	spacer    = "_"
)

// mostNames bounds the names of groups that are remembered.
const mostNames = 4096

// groupNames remembers what groups are called. It is used by the goroutines of
// commands and of listen.
type groupNames struct {
	mu    sync.Mutex
	known map[msgdef.Conversation]string
}

// learn notes what a group is called now.
func (n *groupNames) learn(conv msgdef.Conversation, name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= mostNames {
		n.known = make(map[msgdef.Conversation]string)
	}
	n.known[conv] = name
	return typed(name)
}

// of returns the name of a group.
func (n *groupNames) of(conv msgdef.Conversation) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name, ok := n.known[conv]
	return typed(name), ok
}

// called returns the groups of a name.
func (n *groupNames) called(name string) (found []msgdef.Conversation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for conv, known := range n.known {
		if sameName(typed(known), name) {
			found = append(found, conv)
		}
	}
	return found
}

// typed is how a line names a group.
func typed(name string) string { return groupMark + strings.ReplaceAll(name, " ", spacer) }

func sameName(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, " ", spacer), strings.ReplaceAll(b, " ", spacer))
}

// groupID is how a group is named whose name nobody tells.
func groupID(conv msgdef.Conversation) string { return groupMark + hex.EncodeToString(conv[8:]) }

// groupName returns what a group is called.
func (s *session) groupName(ctx context.Context, conv msgdef.Conversation) string {
	if name, ok := s.groups.of(conv); ok {
		return name
	}
	if found, err := s.client.Groups(ctx, conv); err == nil && len(found) == 1 {
		return s.groups.learn(conv, found[0].Info.Name)
	}
	return groupID(conv)
}

// conversation returns the one that a line names: with a user, or a group.
func (s *session) conversation(ctx context.Context, name string) (msgdef.Conversation, error) {
	if strings.HasPrefix(name, groupMark) {
		return s.group(ctx, name)
	}
	return s.pair(ctx, name)
}

// group returns the group that a line names: by its id, one of the user's, or one
// that everybody finds.
func (s *session) group(ctx context.Context, name string) (conv msgdef.Conversation, err error) {
	if id, err := strconv.ParseUint(name[len(groupMark):], 16, 64); err == nil && len(name) == len(groupMark)+16 && id != 0 {
		binary.BigEndian.PutUint64(conv[8:], id)
		return conv, nil
	}
	for _, ask := range []func(context.Context, string) error{s.recall, s.learnOwn, s.learnListed} {
		if err := ask(ctx, name); err != nil {
			return conv, unanswered("which group is "+name, err)
		}
		switch found := s.groups.called(name); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return conv, ambiguous(name, found)
		}
	}
	return conv, noGroup(name)
}

// noGroup is the error of a line that names nothing.
func noGroup(name string) error {
	return &client.Error{Code: msgdef.CodeUnknownConversation, Detail: "there is no group " + name + "; :talks lists yours, :find others"}
}

// recall asks nobody.
func (*session) recall(context.Context, string) error { return nil }

// ambiguous tells groups of one name apart.
func ambiguous(name string, found []msgdef.Conversation) error {
	ids := make([]string, len(found))
	for i, conv := range found {
		ids[i] = groupID(conv)
	}
	return &LineError{Line: name, Why: fmt.Sprintf("%d groups are called so: %s", len(found), strings.Join(ids, ", "))}
}

// learnOwn learns what the groups of the user are called.
func (s *session) learnOwn(ctx context.Context, _ string) error {
	talks, _, err := s.allTalks(ctx)
	if err != nil {
		return err
	}
	var convs []msgdef.Conversation
	for i := range talks {
		if _, ok := msgdef.GroupID(talks[i].Conv); ok {
			convs = append(convs, talks[i].Conv)
		}
	}
	found, err := s.client.Groups(ctx, convs...)
	s.learnGroups(found)
	return err
}

// learnListed learns which listed groups begin with a name.
func (s *session) learnListed(ctx context.Context, name string) error {
	page, err := s.client.FindGroups(ctx, strings.ReplaceAll(name[len(groupMark):], spacer, " "), "")
	s.learnGroups(page.Groups)
	return err
}

func (s *session) learnGroups(found []msgdef.Group) {
	for i := range found {
		s.groups.learn(found[i].Conv, found[i].Info.Name)
	}
}
