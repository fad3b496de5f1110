package wire

import "errors"

// The three ways in which bytes fail to be a message. Decoders return them
// inside an *Error; test with errors.Is.
var (
	ErrShort     = errors.New("message is cut short")
	ErrLimit     = errors.New("length or count is above its limit")
	ErrMalformed = errors.New("bytes that no encoder writes")
)

// What a dispatcher says of a frame it does not hand on.
var (
	ErrUnknownType = errors.New("unknown message type")
	ErrDirection   = errors.New("message type flows the other way")
)

// Error tells where decoding or Validate failed.
type Error struct {
	Field string // "Send.Body"; of a run of fixed fields the first one
	Err   error  // ErrShort, ErrLimit or ErrMalformed
}

// Error implements error.
func (e *Error) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// Short reports that the bytes end inside field. It stands in the cold path of
// generated decoders and is kept out of the hot one.
//
//go:noinline
func Short(field string) error { return &Error{Field: field, Err: ErrShort} }

// ShortRun is Short for fields of fixed size that are read at once, unless a bool
// of theirs is in b and wrong, which comes first then. bools are their offsets.
//
//go:noinline
func ShortRun(field string, b []byte, bools ...int) error {
	for _, at := range bools {
		if at < len(b) && b[at] > 1 {
			return Malformed(field)
		}
	}
	return Short(field)
}

// Malformed reports a value in field that no encoder writes.
//
//go:noinline
func Malformed(field string) error { return &Error{Field: field, Err: ErrMalformed} }

// LenError says why the length or count at the start of b was refused: short
// of bytes, not canonical, above limit, or (the only reason left) more than b
// holds.
func LenError(field string, b []byte, limit int) error {
	n, k := Len(b)
	switch {
	case k == 0 && truncated(b):
		return Short(field)
	case k == 0:
		return Malformed(field)
	case n > limit:
		return &Error{Field: field, Err: ErrLimit}
	}
	return Short(field)
}
