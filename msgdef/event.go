package msgdef

// Edit replaces the content of a message of the sender.
//
//msgdef:struct
type Edit struct {
	CSeq uint64
	Kind ContentKind
	Body []byte `max:"8000"`
}

// Recall takes the content of a message away: the sender's own for some time,
// and any of a group for its admins.
//
//msgdef:struct
type Recall struct {
	CSeq uint64
}

// Reaction puts an emoji to a message, or takes the sender's away.
//
//msgdef:struct
type Reaction struct {
	CSeq  uint64
	Emoji string `max:"32"` // 1 to 32 bytes
	Off   bool
}

// Pin keeps a message in view for all members, or no longer.
//
//msgdef:struct
type Pin struct {
	CSeq uint64
	Off  bool
}

// Keep is the body of a message of ContentKeep in a pair: each message that either of
// the two sends from then on has a Lifetime of so many days, or its own if that is
// shorter. Either may say so, and what was said last holds for what is sent after it;
// what was sent before stays as it is.
//
//msgdef:struct
type Keep struct {
	Days uint16 // at most 49710 count; 0: no more than their senders give them
}

// Media tells of content that is kept beside messages, in the body of a message
// of its kind.
//
//msgdef:struct
type Media struct {
	ID        [16]byte
	Name      string `max:"255"`
	Type      string `max:"127"` // MIME
	Bytes     uint64 // its size
	Width     uint32 // pixels, of images and videos
	Height    uint32
	Duration  uint32 // milliseconds, of audio and videos
	Thumbnail []byte `max:"4096"` // a small image, JPEG or WebP; may be empty
	Caption   string `max:"2048"`
}

// Location is a place on earth, WGS 84.
//
//msgdef:struct
type Location struct {
	Latitude  float64 // degrees, north is positive
	Longitude float64 // degrees, east is positive
	Accuracy  float32 // metres; 0 when not known
	Name      string  `max:"255"`
}
