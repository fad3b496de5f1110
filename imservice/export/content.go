package export

import (
	"math"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
)

// Content is what a message says. Which fields it has follows from the kind of the
// message; of other kinds Bytes are all that there is.
type Content struct {
	Text     string    `json:"text,omitempty"`
	Bytes    []byte    `json:"bytes,omitempty"` // Base64; what is no UTF-8, or of the application
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Event    *Event    `json:"event,omitempty"`
}

// Media is what a message carries. The media themselves are read by the id.
type Media struct {
	ID       Name   `json:"id"`
	Name     string `json:"name,omitempty"`
	Type     string `json:"type"`
	Bytes    uint64 `json:"bytes"`
	Width    uint32 `json:"width,omitempty"`
	Height   uint32 `json:"height,omitempty"`
	Duration uint32 `json:"duration,omitempty"` // milliseconds
	Caption  string `json:"caption,omitempty"`
}

// Location is a place on earth, WGS 84, in degrees and metres.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Accuracy  float32 `json:"accuracy,omitempty"`
	Name      string  `json:"name,omitempty"`
}

// Event is a change of a conversation. What an edit has made of a message stands with
// the message.
type Event struct {
	Of    uint64 `json:"of,omitempty"` // number of the message it is about
	Emoji string `json:"emoji,omitempty"`
	Off   bool   `json:"off,omitempty"`
	Act   string `json:"act,omitempty"` // of groups and friends
	Users []ID   `json:"users,omitempty"`
	Role  string `json:"role,omitempty"`
	Until Time   `json:"until,omitempty"`
	Text  string `json:"text,omitempty"` // why it was done, or a greeting
	Keep  uint16 `json:"keep,omitempty"` // days after which messages of a pair are dropped

	Group        string `json:"group,omitempty"` // its name from then on
	Announcement string `json:"announcement,omitempty"`
}

// ContentOf returns what a body of a kind says. What does not make sense is Bytes.
func ContentOf(kind msgdef.ContentKind, body []byte) *Content {
	c := new(Content)
	switch kind {
	case msgdef.ContentImage, msgdef.ContentFile, msgdef.ContentAudio, msgdef.ContentVideo:
		c.Media = mediaOf(body)
	case msgdef.ContentLocation:
		c.Location = locationOf(body)
	case msgdef.ContentText:
		if utf8.Valid(body) {
			c.Text = string(body)
			return c
		}
	default:
		c.Event = eventOf(kind, body)
	}
	if c.Media == nil && c.Location == nil && c.Event == nil {
		c.Bytes = body
	}
	return c
}

func mediaOf(body []byte) *Media {
	var m msgdef.Media
	if m.Decode(body) != nil {
		return nil
	}
	return &Media{Name(m.ID), m.Name, m.Type, m.Bytes, m.Width, m.Height, m.Duration, m.Caption}
}

// locationOf returns nil for numbers that JSON has no words for.
func locationOf(body []byte) *Location {
	var l msgdef.Location
	if l.Decode(body) != nil {
		return nil
	}
	for _, f := range []float64{l.Latitude, l.Longitude, float64(l.Accuracy)} {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	}
	return &Location{l.Latitude, l.Longitude, l.Accuracy, l.Name}
}

// eventOf returns what an event says; nil for one that is not known here.
func eventOf(kind msgdef.ContentKind, body []byte) (e *Event) {
	var err error
	switch kind {
	case msgdef.ContentEdit:
		var it msgdef.Edit
		err = it.Decode(body)
		e = &Event{Of: it.CSeq}
	case msgdef.ContentRecall:
		var it msgdef.Recall
		err = it.Decode(body)
		e = &Event{Of: it.CSeq}
	case msgdef.ContentReaction:
		var it msgdef.Reaction
		err = it.Decode(body)
		e = &Event{Of: it.CSeq, Emoji: it.Emoji, Off: it.Off}
	case msgdef.ContentPin:
		var it msgdef.Pin
		err = it.Decode(body)
		e = &Event{Of: it.CSeq, Off: it.Off}
	case msgdef.ContentFriend:
		var it msgdef.FriendChange
		err = it.Decode(body)
		e = &Event{Act: Called(it.Act), Text: it.Greeting}
	case msgdef.ContentKeep:
		var it msgdef.Keep
		err = it.Decode(body)
		e = &Event{Keep: it.Days}
	case msgdef.ContentGroup:
		var it msgdef.GroupChange
		err = it.Decode(body)
		e = groupEvent(&it)
	}
	if err != nil {
		return nil
	}
	return e
}

// groupEvent returns what a change of a group says.
func groupEvent(g *msgdef.GroupChange) *Event {
	e := &Event{Act: Called(g.Act), Users: IDs(g.UIDs), Until: Time(g.Until), Text: g.Reason}
	if g.Act == msgdef.GroupFound || g.Act == msgdef.GroupInform {
		e.Group, e.Announcement = g.Info.Name, g.Info.Announcement
	}
	if g.Act == msgdef.GroupRank {
		e.Role = Called(g.Role)
	}
	return e
}

// IDs returns ids of users.
func IDs(uids []uint64) []ID {
	ids := make([]ID, len(uids))
	for i, uid := range uids {
		ids[i] = ID(uid)
	}
	return ids
}
