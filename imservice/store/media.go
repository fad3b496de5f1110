package store

import "github.com/sim-im/sim/msgdef"

// MediaID names media.
type MediaID = [16]byte

// CarriedRow says that a message carries media, or does no more. It replaces the
// row before it. A Shared store refuses a commit that has media carried which are
// not there with ErrMoved. Of another one the caller keeps DropMedia away from
// when it has looked until the commit is applied.
type CarriedRow struct {
	ID   MediaID
	Conv msgdef.Conversation
	CSeq uint64
	Gone bool
	At   int64 // Unix milliseconds, of what is gone: since then it may be that nothing carries it
}

// LooseMedia is media that perhaps no message carries.
type LooseMedia struct {
	Since int64 // Unix milliseconds
	ID    MediaID
}

// MediaRows keeps what is known of media, and which messages carry them. The media
// themselves are elsewhere, under the same id. Changes are durable when the call
// returns.
//
//	AddMedia ──▶ loose ──a message carries it──▶ carried
//	              │ ▲                               │
//	     DropMedia│ └───────it does no more─────────┘
//	              ▼
//	           dropped ──its bytes are deleted, ForgetMedia──▶ nothing
type MediaRows interface {
	// AddMedia keeps media, loose since they were created, or returns ErrExists.
	AddMedia(m *msgdef.MediaInfo) error

	// Media returns what was kept, or ErrNotFound.
	Media(id MediaID) (msgdef.MediaInfo, error)

	// Carried appends the messages that carry media, at most limit, in the order of
	// (conversation, cseq).
	Carried(dst []CarriedRow, id MediaID, limit int) ([]CarriedRow, error)

	// LooseMedia appends those that may be loose since a moment or longer, in any
	// order, at most limit.
	LooseMedia(dst []LooseMedia, since int64, limit int) ([]LooseMedia, error)

	// DropMedia ends media that are loose since then, and LooseMedia finds them no
	// more. Of those that are carried only the latter is true.
	DropMedia(loose LooseMedia) (dropped bool, err error)

	// DroppedMedia appends those whose bytes may still be there, at most limit.
	DroppedMedia(dst []MediaID, limit int) ([]MediaID, error)

	// ForgetMedia removes dropped ones; unknown ones are ignored.
	ForgetMedia(ids []MediaID) error
}
