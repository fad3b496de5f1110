package media

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// ID names media: 16 random bytes.
type ID = [16]byte

// What is kept under an id.
const (
	Whole     Part = ""
	Thumbnail Part = ".thumb" // of pictures: a smaller one, JPEG
)

// Part says what of media is meant.
type Part string

// Name is how a part of media is called where it is kept: 32 hexadecimal digits,
// and which part it is.
func Name(id ID, part Part) string { return hex.EncodeToString(id[:]) + string(part) }

// ParseID reads what Name has written of an id.
func ParseID(name string) (id ID, ok bool) {
	if len(name) != hex.EncodedLen(len(id)) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(name))
	return id, err == nil && hex.EncodeToString(id[:]) == name // lower case only
}

// The errors a Store returns, wrapped with what it knows.
var (
	ErrNotFound = errors.New("media: not found")
	ErrFull     = errors.New("media: no room is left")
)

// Store keeps bytes under names. Its methods may be called by any goroutine.
type Store interface {
	// Put keeps the content of a file, from its beginning, which is synced. What
	// was kept under the name is replaced. When Put returns nil it is durable; after
	// an error the old or the new content is there, or none, but never half of one.
	// The file stays the caller's to close; it is not written any more.
	Put(ctx context.Context, name string, file *os.File) error

	// Open reads what is kept, or returns ErrNotFound. The context is for as long
	// as it is read.
	Open(ctx context.Context, name string) (Content, error)

	// Delete removes what is kept; unknown names are ignored.
	Delete(ctx context.Context, name string) error

	// Health returns nil, or why nothing can be kept or read now.
	Health(ctx context.Context) error
}

// Content is what is kept under a name.
type Content interface {
	io.ReadSeekCloser

	// Size is how many bytes there are.
	Size() int64
}
