package chat

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// content is a body: text where it is UTF-8, base64 otherwise, and what stands
// beside it.
type content struct {
	Kind   string       `json:"kind"` // text, custom, group
	Body   string       `json:"body"`
	Base64 []byte       `json:"body_base64,omitempty"`
	Media  *mediaShown  `json:"media,omitempty"`  // in the place of a body
	Change *changeShown `json:"change,omitempty"` // of events; an edit has the new body too

	Reply    uint64   `json:"reply,omitempty"`    // cseq of the message that is answered
	Mentions []string `json:"mentions,omitempty"` // who is addressed; everyone is all of them
	ForYou   bool     `json:"for_you,omitempty"`  // the user is among them
	Expires  int64    `json:"expires,omitempty"`  // from when on nobody can read it

	Edited    bool           `json:"edited,omitempty"`
	Recalled  bool           `json:"recalled,omitempty"`
	Expired   bool           `json:"expired,omitempty"`
	Deleted   bool           `json:"deleted,omitempty"` // by the user, for themself
	Pinned    bool           `json:"pinned,omitempty"`
	Reactions map[string]int `json:"reactions,omitempty"` // people by emoji
}

// everyone is how a mention of all is written.
const everyone = "everyone"

func newContent(kind msgdef.ContentKind, body []byte) content {
	c := content{Kind: kind.String()}
	if utf8.Valid(body) {
		c.Body = string(body)
	} else {
		c.Base64 = body
	}
	return c
}

// content returns what a message says.
func (s *session) content(ctx context.Context, m *client.Message) content {
	if says, err := m.Event(); err == nil && says != nil {
		if change, ok := says.(*msgdef.GroupChange); ok {
			return s.groupContent(ctx, m.Conv, change)
		}
		return revision(m.Kind, says)
	}
	c, made, x := newContent(m.Kind, m.Body), m.Made(), m.Beside()
	if shown := s.media(ctx, m); shown != nil {
		c = content{Kind: m.Kind.String(), Media: shown}
	}
	c.Reply, c.ForYou = x.Reply, m.From != s.client.UID() && m.Mentions(s.client.UID())
	if len(x.Mentions) > 0 {
		c.Mentions = s.mentioned(ctx, x.Mentions)
	}
	if expires := m.Expires(); !expires.IsZero() {
		c.Expires = expires.UnixMilli()
	}
	c.Edited, c.Recalled, c.Pinned = made.Changed > 0 && !made.Recalled && !made.Expired, made.Recalled, made.Pinned
	c.Expired = made.Expired
	c.Deleted = made.Hidden
	for _, r := range made.Reactions {
		if c.Reactions == nil {
			c.Reactions = make(map[string]int, len(made.Reactions))
		}
		c.Reactions[r.Emoji] = int(r.Count)
	}
	return c
}

// groupContent returns what a change says, and learns from it what the group is
// called.
func (s *session) groupContent(ctx context.Context, conv msgdef.Conversation, change *msgdef.GroupChange) content {
	shown := &changeShown{Act: change.Act.String(), Until: change.Until, Reason: change.Reason}
	if len(change.UIDs) > 0 {
		shown.Users = s.mentioned(ctx, change.UIDs)
	}
	switch change.Act {
	case msgdef.GroupFound, msgdef.GroupInform:
		shown.Name, shown.Text = change.Info.Name, change.Info.Announcement
		s.groups.learn(conv, change.Info.Name)
	case msgdef.GroupRank:
		shown.Role = change.Role.String()
	}
	return content{Kind: msgdef.ContentGroup.String(), Change: shown}
}

// revision returns what an event says that is about a message.
func revision(kind msgdef.ContentKind, says any) content {
	c, shown := content{Kind: kind.String()}, &changeShown{Act: kind.String()}
	switch e := says.(type) {
	case *msgdef.Edit:
		c = newContent(e.Kind, e.Body)
		c.Kind, shown.Of = kind.String(), e.CSeq
	case *msgdef.Recall:
		shown.Of = e.CSeq
	case *msgdef.Reaction:
		shown.Of, shown.Emoji, shown.Off = e.CSeq, e.Emoji, e.Off
	case *msgdef.Pin:
		shown.Of, shown.Off = e.CSeq, e.Off
	case *msgdef.Keep:
		shown.Keep = e.Days
	case *msgdef.FriendChange:
		shown.Act, shown.Greeting = e.Act.String(), e.Greeting
	}
	c.Change = shown
	return c
}

// mentioned returns the names of users, in their order.
func (s *session) mentioned(ctx context.Context, uids []uint64) []string {
	names, list := s.names(ctx, uids...), make([]string, len(uids))
	for i, uid := range uids {
		if list[i] = names[uid]; uid == 0 {
			list[i] = everyone
		}
	}
	return list
}

// beside adds to what a draft has beside a text: in groups, words that begin with @
// address the members whose names they are.
func (s *session) beside(ctx context.Context, conv msgdef.Conversation, text string, x msgdef.Extra) msgdef.Extra {
	if _, group := msgdef.GroupID(conv); !group {
		return x
	}
	names := addressed(text)
	if len(names) == 0 {
		return x
	}
	found, _ := s.client.Lookup(ctx, names...) // a word that is no name is a word
	for _, name := range names {
		if uid, ok := found[name]; ok || name == everyone {
			x.Mentions = append(x.Mentions, uid)
		}
	}
	return x
}

// mostMentions is how many a message addresses at most, see msgdef.Extra.
const mostMentions = 64

// addressed returns the words of a text that begin with @, without it and what
// ends a sentence.
func addressed(text string) (names []string) {
	for _, word := range strings.Fields(text) {
		name := strings.TrimRight(strings.TrimPrefix(word, "@"), ".,:;!?")
		if strings.HasPrefix(word, "@") && name != "" && len(name) <= 64 && len(names) < mostMentions {
			names = append(names, name)
		}
	}
	return names
}

// String is the body for people, on one line.
func (c content) String() string {
	text := printable(c.Body)
	switch {
	case c.Expired:
		text = "(expired)"
	case c.Recalled:
		text = "(recalled)"
	case c.Deleted:
		text = "(deleted)"
	case c.Media != nil:
		text = c.Media.String()
	case c.Base64 != nil:
		text = fmt.Sprintf("(%d bytes)", len(c.Base64))
	}
	if c.Edited {
		text += " (edited)"
	}
	if c.Pinned {
		text += " (pinned)"
	}
	for _, emoji := range slices.Sorted(maps.Keys(c.Reactions)) {
		text += fmt.Sprintf(" [%s %d]", printable(emoji), c.Reactions[emoji])
	}
	return text
}

// notes is what stands after the name of who wrote.
func (c content) notes() (text string) {
	if c.Reply > 0 {
		text += fmt.Sprintf(" (to #%d)", c.Reply)
	}
	if c.ForYou {
		text += " (for you)"
	}
	return text
}
