package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
)

// Edit replaces what a message of this user says. Like Recall, React and Pin it is
// a message itself, which comes to all members, and errors are those of Send,
// and ErrArgument.
func (c *Client) Edit(ctx context.Context, conv msgdef.Conversation, cseq uint64, kind msgdef.ContentKind, body []byte) (Sent, error) {
	return c.event(ctx, conv, msgdef.ContentEdit, &msgdef.Edit{CSeq: cseq, Kind: kind, Body: body})
}

// Recall takes away what a message says: this user's own for some time, and any
// of a group for its admins.
func (c *Client) Recall(ctx context.Context, conv msgdef.Conversation, cseq uint64) (Sent, error) {
	return c.event(ctx, conv, msgdef.ContentRecall, &msgdef.Recall{CSeq: cseq})
}

// React puts an emoji to a message, or takes this user's away.
func (c *Client) React(ctx context.Context, conv msgdef.Conversation, cseq uint64, emoji string, off bool) (Sent, error) {
	return c.event(ctx, conv, msgdef.ContentReaction, &msgdef.Reaction{CSeq: cseq, Emoji: emoji, Off: off})
}

// Pin keeps a message in view for all members, or no longer.
func (c *Client) Pin(ctx context.Context, conv msgdef.Conversation, cseq uint64, off bool) (Sent, error) {
	return c.event(ctx, conv, msgdef.ContentPin, &msgdef.Pin{CSeq: cseq, Off: off})
}

// eventBody is what an event says.
type eventBody interface {
	Append(dst []byte) []byte
	Validate() error
}

// event sends one.
func (c *Client) event(ctx context.Context, conv msgdef.Conversation, kind msgdef.ContentKind, says eventBody) (Sent, error) {
	if err := checkArgument(says.Validate()); err != nil {
		return Sent{}, err
	}
	return c.Send(ctx, conv, kind, says.Append(nil))
}

// Event returns what an event says: a *msgdef.GroupChange, *msgdef.Edit,
// *msgdef.Recall, *msgdef.Reaction, *msgdef.Pin, *msgdef.Setting, *msgdef.Later,
// *msgdef.LaterOff, *msgdef.LaterDone, *msgdef.FriendChange, *msgdef.Keep,
// *msgdef.Block or *msgdef.Profile; nil when m is none of these.
// The error wraps ErrProtocol.
func (m *Message) Event() (any, error) {
	switch m.Kind {
	case msgdef.ContentGroup:
		return eventIn(new(msgdef.GroupChange), m.Body)
	case msgdef.ContentEdit:
		return eventIn(new(msgdef.Edit), m.Body)
	case msgdef.ContentRecall:
		return eventIn(new(msgdef.Recall), m.Body)
	case msgdef.ContentReaction:
		return eventIn(new(msgdef.Reaction), m.Body)
	case msgdef.ContentPin:
		return eventIn(new(msgdef.Pin), m.Body)
	case msgdef.ContentSetting:
		return eventIn(new(msgdef.Setting), m.Body)
	case msgdef.ContentLater:
		return eventIn(new(msgdef.Later), m.Body)
	case msgdef.ContentLaterOff:
		return eventIn(new(msgdef.LaterOff), m.Body)
	case msgdef.ContentLaterDone:
		return eventIn(new(msgdef.LaterDone), m.Body)
	case msgdef.ContentFriend:
		return eventIn(new(msgdef.FriendChange), m.Body)
	case msgdef.ContentKeep:
		return eventIn(new(msgdef.Keep), m.Body)
	case msgdef.ContentBlock:
		return eventIn(new(msgdef.Block), m.Body)
	case msgdef.ContentProfile:
		return eventIn(new(msgdef.Profile), m.Body)
	}
	return nil, nil
}

// eventIn decodes a body.
func eventIn(into interface{ Decode(b []byte) error }, body []byte) (any, error) {
	if err := into.Decode(body); err != nil {
		return nil, protocolError("event: %w", err)
	}
	return into, nil
}
