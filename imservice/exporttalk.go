package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// talks writes the user's conversations with their messages, from the place on.
func (e *exporter) talks(ctx context.Context) (over bool, err error) {
	const most = exportRows / exportTalk
	if err := e.messages(ctx); err != nil || e.place.Head != 0 {
		return false, err
	}
	convs, err := e.options.Store.Talks(nil, e.account.UID, e.place.Conv, most)
	if err != nil {
		return false, err
	}
	states, err := e.talkStates(ctx, e.account.UID, convs)
	if err != nil {
		return false, err
	}
	for i, conv := range convs {
		if e.full() {
			return false, nil
		}
		e.rows += exportTalk
		e.place.Conv = conv
		if err := e.begin(conv, &states[i]); err != nil {
			return false, err
		}
		if err := e.messages(ctx); err != nil || e.place.Head != 0 {
			return false, err
		}
	}
	return len(convs) < most, nil
}

// begin writes what the user has of a conversation beside its messages. How far these
// go is settled here: what is sent from now on is news.
func (e *exporter) begin(conv msgdef.Conversation, state *msgdef.TalkState) error {
	uid := e.account.UID
	line := &export.Conversation{Conversation: export.Name(conv), Kind: "pair"}
	if peer, ok := msgdef.Peer(conv, uid); ok {
		name, err := e.nameOf(peer)
		if err != nil {
			return err
		}
		line.With = &export.User{UID: export.ID(peer), Name: name}
	} else {
		line.Kind = "group"
		m, g, code, err := e.member(conv, uid)
		if err != nil || code != msgdef.CodeOK {
			return err
		}
		if err := e.lines.Write(groupLine(&g, &m)); err != nil {
			return err
		}
	}
	t, code, err := e.talk(uid, conv, state)
	if err != nil || code != msgdef.CodeOK {
		return err
	}
	line.Head, line.Read, line.Unread = t.Head, t.Read, t.Unread
	line.Archived, line.Muted, line.Place = state.Archived != 0, export.Time(state.Muted), state.Place
	line.Keep = state.Keep
	line.MarkedUnread, line.Draft, line.DraftReply = state.Unread != 0, state.Draft.Text, state.Draft.Reply
	e.place.Head, e.place.Next = t.Head, t.Since
	return e.lines.Write(line)
}

// groupLine is a group as one of its members sees it.
func groupLine(g *msgdef.Group, m *msgdef.GroupMember) *export.Group {
	return &export.Group{
		Conversation: export.Name(g.Conv), Name: g.Info.Name, Announcement: g.Info.Announcement, Avatar: g.Info.Avatar,
		Owner: export.ID(g.Owner), Members: g.Members, Founded: export.Time(g.Founded),
		Role: export.Called(m.Role), Since: m.Since, Muted: export.Time(m.Muted),
	}
}

// messages writes those of the conversation that is under way, as History serves them
// at this moment: who may read it no more gets no more of it. Head is 0 when this was
// all of it.
func (e *exporter) messages(ctx context.Context) error {
	if e.place.Head == 0 {
		return nil
	}
	since, head, err := e.span(e.account.UID, e.place.Conv)
	if refused := (*rpc.Error)(nil); errors.As(err, &refused) && (refused.Code == msgdef.CodeForbidden || refused.Code == msgdef.CodeUnknownConversation) {
		e.place.Head = 0
		return nil
	}
	if err != nil {
		return err
	}
	head = min(head, e.place.Head)
	for !e.full() {
		if ctx.Err() != nil {
			return errDeadline
		}
		from := max(since, e.place.Next)
		if from > head {
			e.place.Head = 0
			return nil
		}
		page, err := e.options.Store.Range(nil, e.place.Conv, from, head, false, exportRange, exportBytes)
		if err == nil {
			err = e.veiled(page)
		}
		if err == nil {
			err = e.cover(e.account.UID, page)
		}
		if err == nil {
			err = e.take(page)
		}
		if err != nil {
			return err
		}
		if len(page) == 0 { // a floor has risen above
			e.place.Next = head + 1
		}
	}
	return nil
}

// take writes messages while there is room.
func (e *exporter) take(page [][]byte) error {
	for _, encoded := range page {
		if e.full() {
			return nil
		}
		var m msgdef.Message
		if err := m.Decode(encoded); err != nil {
			return err
		}
		e.rows++
		e.place.Next = m.CSeq + 1
		if err := e.message(&m); err != nil {
			return err
		}
	}
	return nil
}

// message writes one that says something still.
func (e *exporter) message(m *msgdef.Message) error {
	var state msgdef.MessageState
	if len(m.State) > 0 {
		if err := state.Decode(m.State); err != nil {
			return err
		}
	}
	if state.Recalled || state.Expired || state.Hidden {
		return nil
	}
	name, err := e.nameOf(m.From)
	if err != nil {
		return err
	}
	line := &export.Message{
		Conversation: export.Name(m.Conv), Number: m.CSeq, At: export.Time(m.At), From: export.ID(m.From), Name: name,
		Kind: export.Called(m.Kind), Content: export.ContentOf(m.Kind, m.Body), Beside: besideOf(m.Extra),
		Edited: state.Changed != 0, Pinned: state.Pinned,
	}
	for _, r := range state.Reactions {
		line.Reactions = append(line.Reactions, export.Reaction{Emoji: r.Emoji, Count: r.Count})
	}
	return e.lines.Write(line)
}
