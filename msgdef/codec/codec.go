package codec

import (
	"strconv"

	"github.com/sim-im/sim/msgdef"
)

// ID is a codec on the wire: byte 5 of Hello.
type ID uint8

// The codecs. 0 is none.
const (
	Binary ID = 1 // fields in their order, fixed width: msgdef/wire
	JSON   ID = 2 // objects: msgdef/wire/wirejson
)

// All returns every codec, the one that is used by default first.
func All() []ID { return []ID{Binary, JSON} }

// String returns the name that Lookup knows, or the number of a codec that is
// not known.
func (id ID) String() string {
	switch id {
	case Binary:
		return "binary"
	case JSON:
		return "json"
	}
	return "codec(" + strconv.Itoa(int(id)) + ")"
}

// Lookup returns the codec of a name.
func Lookup(name string) (id ID, ok bool) {
	for _, id := range All() {
		if id.String() == name {
			return id, true
		}
	}
	return 0, false
}

// Codec turns bodies into the binary encoding and back. Implementations have no
// state.
//
// Both methods append to dst and only read body, which must not share memory
// with it. For a type that msgdef does not know they return
// msgdef.ErrUnknownType; for a body that is none of its type, one of
// wire.ErrShort, wire.ErrLimit and wire.ErrMalformed in a *wire.Error. dst is
// then as it was.
type Codec interface {
	ID() ID
	ToBinary(dst []byte, t msgdef.Type, body []byte) ([]byte, error)
	FromBinary(dst []byte, t msgdef.Type, body []byte) ([]byte, error)
}

// For returns the codec of an id; ok is false for one that is not known.
func For(id ID) (c Codec, ok bool) {
	switch id {
	case Binary:
		return plain{}, true
	case JSON:
		return text{}, true
	}
	return nil, false
}

// plain is Binary. It does not look into bodies.
type plain struct{}

func (plain) ID() ID { return Binary }

func (plain) ToBinary(dst []byte, _ msgdef.Type, body []byte) ([]byte, error) {
	return append(dst, body...), nil
}

func (plain) FromBinary(dst []byte, _ msgdef.Type, body []byte) ([]byte, error) {
	return append(dst, body...), nil
}

// text is JSON.
type text struct{}

func (text) ID() ID { return JSON }

func (text) ToBinary(dst []byte, t msgdef.Type, body []byte) ([]byte, error) {
	return msgdef.FromJSON(dst, t, body)
}

func (text) FromBinary(dst []byte, t msgdef.Type, body []byte) ([]byte, error) {
	return msgdef.ToJSON(dst, t, body)
}
