package redis

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// errMalformed is about a value that nobody here wrote.
var errMalformed = errors.New("registry: malformed value in Redis")

// listed is an instance as people see it in redis-cli. A field that a later
// version adds is ignored.
//
//	{"role":"gate","region":"default","id":"g1","epoch":7,"addr":"10.0.0.1:7200","rpc":1}
type listed struct {
	Role   registry.Role `json:"role"`
	Region string        `json:"region"`
	ID     string        `json:"id"`
	Epoch  uint64        `json:"epoch"`
	Addr   string        `json:"addr"`
	RPC    uint16        `json:"rpc"`
}

func encodeInstance(i registry.Instance) (string, error) {
	b, err := json.Marshal(listed(i))
	return string(b), err
}

func decodeInstance(s string) (registry.Instance, error) {
	var l listed
	if err := json.Unmarshal([]byte(s), &l); err != nil {
		return registry.Instance{}, fmt.Errorf("%w: instance: %w", errMalformed, err)
	}
	i := registry.Instance(l)
	if err := i.Validate(); err != nil {
		return registry.Instance{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return i, nil
}

// incarnation is the number under which an image's sessions are written. 0 is
// none.
type incarnation uint64

// draw returns one that nobody has.
func draw() incarnation { return incarnation(max(rand.Uint64(), 1)) }

// text is 16 hexadecimal digits, as leases and keys have it.
func (in incarnation) text() string { return fmt.Sprintf("%016x", uint64(in)) }

// rowField names a session in the hash of its user:
//
//	0       8      16
//	├ incarnation ─┤
//	        ├ conn ┤   all numbers big-endian
func rowField(in incarnation, conn uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(in))
	binary.BigEndian.PutUint64(b[8:], conn)
	return string(b[:])
}

// rowValue is what the hash says of a session:
//
//	0        8          9                16
//	├ device ┼ platform ┼ since, Unix ms ┼ gate's ID to the end
//
// The time has 56 bits and a sign. Earlier versions had 8 bytes for it, of which
// the first was 0: that is msgdef.PlatformOther.
func rowValue(s rpc.Session, gate string) string {
	b := make([]byte, 16, 16+len(gate))
	binary.BigEndian.PutUint64(b[:8], s.Device)
	binary.BigEndian.PutUint64(b[8:], uint64(s.Since))
	b[8] = byte(s.Platform)
	return string(append(b, gate...))
}

// row is a session as it was read.
type row struct {
	in     incarnation
	device uint64
	since  int64 // Unix milliseconds, 56 bits of them

	platform msgdef.Platform
	gate     string
}

func decodeRow(field, value string) (row, error) {
	if len(field) != 16 || len(value) <= 16 {
		return row{}, fmt.Errorf("%w: session of %d and %d bytes", errMalformed, len(field), len(value))
	}
	return row{
		in:     incarnation(binary.BigEndian.Uint64([]byte(field[:8]))),
		device: binary.BigEndian.Uint64([]byte(value[:8])),
		since:  int64(binary.BigEndian.Uint64([]byte(value[8:16]))<<8) >> 8,

		platform: msgdef.Platform(value[8]),
		gate:     value[16:],
	}, nil
}

// entry names a session in the index of its incarnation:
//
//	0     8      16
//	├ uid ┼ conn ┤
func entry(s rpc.Session) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.UID)
	binary.BigEndian.PutUint64(b[8:], s.Conn)
	return string(b[:])
}

func decodeEntry(s string) (uid, conn uint64, err error) {
	if len(s) != 16 {
		return 0, 0, fmt.Errorf("%w: index entry of %d bytes", errMalformed, len(s))
	}
	return binary.BigEndian.Uint64([]byte(s[:8])), binary.BigEndian.Uint64([]byte(s[8:])), nil
}

// imageName names an incarnation among those of a region:
//
//	0             8
//	├ incarnation ┼ gate's ID to the end
func imageName(in incarnation, gate string) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(in))) + gate
}

func decodeImageName(s string) (in incarnation, gate string, err error) {
	if len(s) <= 8 {
		return 0, "", fmt.Errorf("%w: image name of %d bytes", errMalformed, len(s))
	}
	return incarnation(binary.BigEndian.Uint64([]byte(s[:8]))), s[8:], nil
}
