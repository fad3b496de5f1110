package export

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Format and Version are what the header says of the form.
const (
	Format  = "sim-export"
	Version = 1
)

// Types is how many types of lines there are.
const Types = 13

// types returns the types of lines, in their order.
func types() [Types]string {
	return [...]string{
		"header", "account", "profile", "setting", "relation", "device", "push_device", "sign_in", "later",
		"group", "conversation", "message", "footer",
	}
}

// Line is what an export has a line of.
type Line interface {
	// kind is the place of its type among types.
	kind() int
}

// Called returns the name of a value of the protocol, or its number when this version
// has no name for it.
func Called(it fmt.Stringer) string {
	name := it.String()
	if _, number, ok := strings.Cut(name, "("); ok {
		return strings.TrimSuffix(number, ")")
	}
	return name
}

// ID is a user or a device.
type ID uint64

// MarshalText writes a decimal number.
func (id ID) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(id), 10), nil }

// UnmarshalText reads it.
func (id *ID) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	*id = ID(n)
	return err
}

// Name is a conversation, or media.
type Name [16]byte

// MarshalText writes 32 hexadecimal digits.
func (n Name) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, n[:]), nil }

// UnmarshalText reads them.
func (n *Name) UnmarshalText(text []byte) error {
	if len(text) != 2*len(n) {
		return fmt.Errorf("%q is no name of 32 hexadecimal digits", text)
	}
	_, err := hex.Decode(n[:], text)
	return err
}

// Time is a moment, in Unix milliseconds.
type Time int64

const timeForm = "2006-01-02T15:04:05.000Z07:00"

// MarshalText writes RFC 3339.
func (t Time) MarshalText() ([]byte, error) {
	return time.UnixMilli(int64(t)).UTC().AppendFormat(nil, timeForm), nil
}

// UnmarshalText reads it.
func (t *Time) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	*t = Time(at.UnixMilli())
	return err
}
