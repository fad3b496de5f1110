package pebble

import (
	"encoding/binary"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// appendFamily appends the value of a family row:
//
//	0        8  uid
//	8        8  device
//	16       8  used, Unix milliseconds; 0: not known
//	24       8  since; not in rows of before
//	32          tokens, to the end
//
// of which each is
//
//	0       32  SHA-256
//	32       8  issued, Unix milliseconds; 0: not known
//	40       8  expires
func appendFamily(dst []byte, f store.Family) []byte {
	dst = appendInstant(appendOwner(dst, f.UID, f.Device), f.Used)
	dst = binary.BigEndian.AppendUint64(dst, f.Since)
	for i := range f.Tokens {
		t := &f.Tokens[i]
		dst = appendInstant(append(dst, t.Hash[:]...), t.Issued)
		dst = appendInstant(dst, t.Expires)
	}
	return dst
}

// decodeFamily reads the value of a family row into all but its id.
func decodeFamily(value []byte) (f store.Family, ok bool) {
	fixed := familyFixed
	if len(value)%familyToken == familyBefore {
		fixed = familyBefore
	}
	n := (len(value) - fixed) / familyToken
	if len(value) != fixed+n*familyToken || n < 1 || n > store.MaxFamilyTokens {
		return f, false
	}
	f.UID, f.Device = binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])
	f.Used, f.Since = instant(value[16:]), store.AnyGeneration
	if fixed == familyFixed {
		f.Since = binary.BigEndian.Uint64(value[24:])
	}
	f.Tokens = make([]store.Token, 0, n)
	for value = value[fixed:]; len(value) > 0; value = value[familyToken:] {
		f.Tokens = append(f.Tokens, store.Token{
			Hash: [32]byte(value), Issued: instant(value[32:]), Expires: instant(value[40:]),
		})
	}
	return f, true
}

// Flags of a standing row.
const (
	flagBanned  = 1
	flagRemoved = 2
)

// appendStanding appends the value of a standing row:
//
//	0        8  generation
//	8        1  flags
//	9        8  until, Unix milliseconds
//	17          reason, to the end
func appendStanding(dst []byte, d store.Standing) []byte {
	dst = binary.BigEndian.AppendUint64(dst, d.Generation)
	flags := byte(0)
	if d.Banned {
		flags |= flagBanned
	}
	if d.Removed {
		flags |= flagRemoved
	}
	dst = binary.BigEndian.AppendUint64(append(dst, flags), uint64(d.Until))
	return append(dst, d.Reason...)
}

// decodeStanding reads the value of a standing row. A flag that it does not know
// is damage: it may forbid something.
func decodeStanding(value []byte) (d store.Standing, ok bool) {
	if len(value) < standingFixed || value[8]&^(flagBanned|flagRemoved) != 0 {
		return d, false
	}
	d.Generation = binary.BigEndian.Uint64(value)
	d.Banned, d.Removed = value[8]&flagBanned != 0, value[8]&flagRemoved != 0
	d.Until = int64(binary.BigEndian.Uint64(value[9:]))
	d.Reason = string(value[standingFixed:])
	return d, true
}

// appendEviction appends the value of an eviction row:
//
//	0        8  generation
//	8        8  at, Unix milliseconds
//	16       2  code, with the highest bit when somebody stays
//	18          who stays, if somebody does
//	            detail, to the end
//
// of which who stays is
//
//	0        8  device
//	8        8  connection
//	16       1  length of what follows
//	17          gate
func appendEviction(dst []byte, e store.Eviction) []byte {
	dst = binary.BigEndian.AppendUint64(dst, e.Generation)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.At))
	if e.Stays == (store.Place{}) {
		dst = binary.BigEndian.AppendUint16(dst, uint16(e.Code))
		return append(dst, e.Detail...)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(e.Code)|flagStays)
	dst = appendOwner(dst, e.Stays.Device, e.Stays.Conn)
	dst = append(append(dst, byte(len(e.Stays.Gate))), e.Stays.Gate...)
	return append(dst, e.Detail...)
}

// flagStays is in the code of an eviction row.
const flagStays = 0x8000

// decodeEviction reads the value of an eviction row into all but its key.
func decodeEviction(value []byte) (e store.Eviction, ok bool) {
	if len(value) < evictionFixed {
		return e, false
	}
	e.Generation = binary.BigEndian.Uint64(value)
	e.At = int64(binary.BigEndian.Uint64(value[8:]))
	code, detail := binary.BigEndian.Uint16(value[16:]), value[evictionFixed:]
	if code&flagStays != 0 {
		if e.Stays, detail, ok = decodePlace(detail); !ok || e.Stays == (store.Place{}) {
			return e, false
		}
	}
	e.Code, e.Detail = msgdef.ErrorCode(code&^flagStays), string(detail)
	return e, true
}

// decodePlace reads who stays, and returns what follows.
func decodePlace(value []byte) (p store.Place, rest []byte, ok bool) {
	if len(value) < placeFixed || len(value) < placeFixed+int(value[16]) {
		return p, nil, false
	}
	p.Device, p.Conn = binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])
	rest = value[placeFixed+int(value[16]):]
	p.Gate = string(value[placeFixed : len(value)-len(rest)])
	return p, rest, true
}
