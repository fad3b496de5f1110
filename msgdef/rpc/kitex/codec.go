package kitex

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/remote/codec"
	"github.com/cloudwego/kitex/transport"
)

// sizeLength is the size of a length in bytes.
const sizeLength = 4

// headerMagic opens a TTHeader.
const headerMagic = 0x1000

// maxMethod is the longest name of a method, in bytes.
const maxMethod = 64

// frames is Kitex's codec for the one protocol spoken here, with bounds before
// memory is taken for what a stranger announces. Kitex alone would guess the
// protocol, and several have no length.
//
//	       4 bytes   2 bytes   2      4        2              ...
//	+---------------+-------+-------+-----+---------+------------------+
//	| length L ≤ max| 0x1000| flags | seq | size /4 | header of TTHeader|
//	+---------------+-------+-------+-----+---------+------------------+
//	| length P < L  | 0x8001 ‖ type | n ≤ 64 | name, n bytes | seq, 4  |
//	+---------------+---------------+--------+---------------+---------+
//	| packet                                                           |
//	+-------------------------------------------------------------------+
type frames struct {
	remote.Codec
	meta remote.MetaDecoder // the same
	max  int                // bytes of L
	bad  atomic.Uint64      // frames refused
}

// newFrames returns a codec for frames up to max bytes.
func newFrames(max int) *frames {
	c := codec.NewDefaultCodecWithSizeLimit(max)
	return &frames{Codec: c, meta: c.(remote.MetaDecoder), max: max}
}

var _ remote.MetaDecoder = (*frames)(nil)

// Decode implements remote.Codec.
func (f *frames) Decode(ctx context.Context, m remote.Message, in remote.ByteBuffer) error {
	if err := f.DecodeMeta(ctx, m, in); err != nil {
		return err
	}
	return f.DecodePayload(ctx, m, in)
}

// DecodeMeta implements remote.MetaDecoder.
func (f *frames) DecodeMeta(ctx context.Context, m remote.Message, in remote.ByteBuffer) error {
	head, err := in.Peek(2 * sizeLength)
	if err != nil {
		return lostFrame(err)
	}
	length := binary.BigEndian.Uint32(head)
	if binary.BigEndian.Uint16(head[sizeLength:]) != headerMagic || uint64(length) > uint64(f.max) {
		return f.refuse("no frame of at most %d bytes: % x", f.max, head)
	}
	if err := f.meta.DecodeMeta(ctx, m, in); err != nil {
		return f.refuse("header: %v", err)
	}
	if m.RPCInfo().Config().TransportProtocol() != transport.TTHeaderFramed {
		return f.refuse("a protocol that is not spoken here")
	}
	return f.checkPayload(m, in)
}

// checkPayload checks the lengths behind the header, before they are believed.
func (f *frames) checkPayload(m remote.Message, in remote.ByteBuffer) error {
	head, err := in.Peek(2 * sizeLength)
	if err != nil {
		return lostFrame(err)
	}
	name := binary.BigEndian.Uint32(head[sizeLength:])
	if least := 3*sizeLength + int(name); name > maxMethod || m.PayloadLen() < least || m.PayloadLen() > f.max {
		return f.refuse("a payload of %d bytes with a name of %d", m.PayloadLen(), name)
	}
	return nil
}

// DecodePayload implements remote.MetaDecoder.
func (f *frames) DecodePayload(ctx context.Context, m remote.Message, in remote.ByteBuffer) error {
	return f.meta.DecodePayload(ctx, m, in)
}

// refuse is the error for bytes that no encoder writes. Kitex closes the
// connection.
func (f *frames) refuse(format string, args ...any) error {
	f.bad.Add(1)
	return remote.NewTransErrorWithMsg(remote.ProtocolError, fmt.Sprintf(format, args...))
}

// lostFrame is the error for a frame that did not come whole.
func lostFrame(err error) error {
	return fmt.Errorf("frame: %w", err)
}
