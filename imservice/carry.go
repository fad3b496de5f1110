package imservice

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostCarriers is among how many messages that carry media one is looked for that
// a user may read, when they send media that somebody else has uploaded.
const mostCarriers = 256

var (
	errBadMedia     = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "a message of this kind has a Media in its body"}
	errUnknownMedia = &rpc.Error{Code: msgdef.CodeUnknownMedia, Detail: "no media with this id that the user may send"}
	errMediaDiffers = &rpc.Error{Code: msgdef.CodeMediaDiffers, Detail: "the message says of its media what is not so"}
)

// carrying keeps media from being dropped between a look at them and the commit
// that has a message carry them, or carry them no more. Of a shared store another service may drop them;
// then the commit is refused, and built anew.
type carrying struct {
	mu   sync.Mutex
	held bool // by the sequencer, to whom it belongs
}

// hold is called by the sequencer before the first look.
func (c *carrying) hold() {
	if !c.held {
		c.mu.Lock()
		c.held = true
	}
}

// release is called by the sequencer when the commit is applied, or is none.
func (c *carrying) release() {
	if c.held {
		c.held = false
		c.mu.Unlock()
	}
}

// hasMedia tells whether the body of a message is a msgdef.Media.
func hasMedia(kind msgdef.ContentKind) bool {
	return kind >= msgdef.ContentImage && kind <= msgdef.ContentVideo
}

// mediaIn returns what a message says of the media that it carries, nil for one
// that carries none. Media without an id are kept elsewhere.
func mediaIn(kind msgdef.ContentKind, body []byte) (*msgdef.Media, error) {
	if !hasMedia(kind) {
		return nil, nil
	}
	m := new(msgdef.Media)
	if m.DecodeAlias(body) != nil || m.Validate() != nil {
		return nil, errBadMedia
	}
	if m.ID == (store.MediaID{}) {
		return nil, nil
	}
	return m, nil
}

// carries returns the media that an item is to carry, if its sender may send them;
// nil for none.
func (q *sequencer) carries(it *rpc.Send) (*msgdef.Media, error) {
	m, err := mediaIn(it.Kind, it.Body)
	if m == nil || err != nil {
		return nil, err
	}
	q.carrying.hold()
	info, err := q.store.Media(m.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errUnknownMedia
	}
	if err != nil {
		return nil, err
	}
	if info.Owner != it.UID {
		known, err := q.readsMedia(it.UID, m.ID)
		switch {
		case err != nil:
			return nil, err
		case !known:
			return nil, errUnknownMedia
		}
	}
	return m, describes(m, it.Kind, &info)
}

// readsMedia tells whether somebody may read a message that carries media.
func (q *sequencer) readsMedia(uid uint64, id store.MediaID) (bool, error) {
	rows, err := q.store.Carried(nil, id, mostCarriers)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if reads, err := q.readsCarrier(uid, row); err != nil || reads {
			return reads, err
		}
	}
	return false, nil
}

// readsCarrier tells whether somebody may read one message that carries media.
func (q *sequencer) readsCarrier(uid uint64, row store.CarriedRow) (bool, error) {
	if _, group := msgdef.GroupID(row.Conv); group {
		if reads, err := q.readsGroup(uid, row); err != nil || !reads {
			return false, err
		}
	} else if _, ok := msgdef.Peer(row.Conv, uid); !ok {
		return false, nil
	}
	m, err := message(q.store, row.Conv, row.CSeq)
	return err == nil && !over(&m, q.now().UnixMilli()), err
}

// readsGroup tells whether somebody may read the messages of a group from one on.
// Members of a big one that is dissolved are still known.
func (q *sequencer) readsGroup(uid uint64, row store.CarriedRow) (bool, error) {
	m, err := q.store.Member(row.Conv, uid)
	if errors.Is(err, store.ErrNotFound) || err == nil && (m.Role < msgdef.RoleMember || m.Since > row.CSeq) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	g, err := q.store.Group(row.Conv)
	return err == nil && !g.Dissolved, err
}

// describes returns an error unless what a message of a kind says of its media is
// so. Of pictures it may show the thumbnail that was made here, or none.
func describes(m *msgdef.Media, kind msgdef.ContentKind, is *msgdef.MediaInfo) error {
	class, _, _ := strings.Cut(is.Type, "/")
	asKind := map[msgdef.ContentKind]string{msgdef.ContentImage: "image", msgdef.ContentAudio: "audio", msgdef.ContentVideo: "video"}[kind]
	sized := is.Width == 0 || m.Width == is.Width && m.Height == is.Height
	shown := class != "image" || len(m.Thumbnail) == 0 || bytes.Equal(m.Thumbnail, is.Thumbnail)
	if m.Type != is.Type || m.Bytes != is.Bytes || !sized || !shown || kind != msgdef.ContentFile && class != asKind {
		return errMediaDiffers
	}
	return nil
}

// carry adds that a message carries media; nil is none.
func (b *batch) carry(m *msgdef.Media, conv msgdef.Conversation, cseq uint64) {
	if m != nil {
		b.commit.Carried = append(b.commit.Carried, store.CarriedRow{ID: m.ID, Conv: conv, CSeq: cseq})
	}
}

// uncarry adds that a message carries nothing any more, when its body goes.
func (b *batch) uncarry(m *msgdef.Message, body []byte, now int64) {
	if in, err := mediaIn(m.Kind, body); in != nil && err == nil {
		b.commit.Carried = append(b.commit.Carried, store.CarriedRow{ID: in.ID, Conv: m.Conv, CSeq: m.CSeq, Gone: true, At: now})
	}
}

// letGo adds that a message carries nothing any more.
func (q *sequencer) letGo(b *batch, m *msgdef.Message) {
	if hasMedia(m.Kind) {
		q.carrying.hold()
		b.uncarry(m, m.Body, q.now().UnixMilli())
	}
}

// letGoBelow adds that the messages that a floor drops carry nothing any more.
func (q *sequencer) letGoBelow(b *batch, f store.ConversationFloor) error {
	before, err := q.store.ConversationFloor(f.Conv)
	for from := before.CSeq + 1; from <= f.CSeq && err == nil; {
		var page [][]byte
		page, err = q.store.Range(nil, f.Conv, from, f.CSeq, false, mediaPage, mediaPage*msgdef.MaxStored)
		for _, encoded := range page {
			var m msgdef.Message
			if m.DecodeAlias(encoded) == nil { // what makes no sense carries nothing
				q.letGo(b, &m)
			}
		}
		if from += uint64(len(page)); len(page) == 0 {
			break
		}
	}
	return err
}

// editsMedia returns an error if an edit of a message has it carry other media, or
// say of them what is not so.
func (q *sequencer) editsMedia(was *msgdef.Message, e *msgdef.Edit) error {
	if !hasMedia(e.Kind) {
		return nil
	}
	before, _ := mediaIn(was.Kind, was.Body) // from before there was a look at it, perhaps
	m, err := mediaIn(e.Kind, e.Body)
	switch {
	case err != nil:
		return err
	case m == nil && before == nil:
		return nil
	case m == nil || before == nil || m.ID != before.ID:
		return errBadEvent
	}
	info, err := q.store.Media(m.ID)
	if errors.Is(err, store.ErrNotFound) {
		return errUnknownMedia
	}
	if err != nil {
		return err
	}
	return describes(m, e.Kind, &info)
}
