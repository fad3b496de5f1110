package msgdef

// MediaInfo is what the message service has found out about media of a user, and
// what its store keeps of it.
//
//msgdef:struct
type MediaInfo struct {
	ID        [16]byte
	Owner     uint64 // who has uploaded it
	Bytes     uint64
	Type      string   `max:"127"` // MIME, by its content
	Hash      [32]byte // SHA-256
	Width     uint32   // pixels, of images
	Height    uint32
	Larger    uint32 // bytes of the larger thumbnail; 0 when there is none
	Thumbnail []byte `max:"4096"` // JPEG; empty when there is none
	Created   int64  // Unix milliseconds
}

// GetMediaToken asks for what lets the user upload media.
//
//msgdef:type 0x0360 up reply=MediaToken
type GetMediaToken struct {
	Req uint64
}

// MediaToken answers GetMediaToken.
//
//msgdef:type 0x0361 down
type MediaToken struct {
	Req     uint64
	URL     string `max:"512"`               // where uploads are created
	Token   []byte `max:"128" secret:"true"` // ASCII, of the header Authorization
	Expires int64  // Unix milliseconds, of the token
	Most    uint64 // bytes that a file has at most
}

// MediaRef names media: as a message carries it, or one's own.
//
//msgdef:struct
type MediaRef struct {
	ID   [16]byte
	Conv [16]byte // zero for one's own
	CSeq uint64
}

// GetMediaLinks asks where media can be read for some minutes. Whoever may read the
// message that carries it may read the media, and whoever has uploaded it.
//
//msgdef:type 0x0362 up reply=MediaLinks
type GetMediaLinks struct {
	Req  uint64
	Refs []MediaRef `max:"32"`
}

// MediaLink is where media can be read, or why it cannot.
//
//msgdef:struct
type MediaLink struct {
	ID        [16]byte
	Code      ErrorCode // CodeOK, else the rest is empty
	Type      string    `max:"127"` // MIME
	Bytes     uint64
	URL       string `max:"768" secret:"true"`
	Thumbnail string `max:"768" secret:"true"` // a larger one than that of the message; empty when there is none
}

// MediaLinks answers GetMediaLinks, in one frame or several with the same Req.
//
//msgdef:type 0x0363 down
type MediaLinks struct {
	Req     uint64
	Last    bool        // the last frame of this answer
	Expires int64       // Unix milliseconds, of the URLs
	List    []MediaLink `max:"32"` // in the order of the question
}
