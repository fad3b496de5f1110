package kitex

import (
	"bytes"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/kitex/pkg/remote"
)

// packet is an argument or a result as Kitex sees it. It stands where Thrift
// has a struct:
//
//	+----------------------------------+------+
//	| encoded struct of rpc, 0 or more | 0x00 |
//	+----------------------------------+------+
//
// The last byte makes even an empty one a legal struct of Thrift, and keeps the
// length from being zero, which Kitex would take for "not known". Decoding is
// left to who knows by then that both sides speak one version.
type packet struct {
	raw []byte
}

var _ thrift.FastCodec = (*packet)(nil)

// newPacket has the form that Kitex wants.
func newPacket() any { return new(packet) }

// BLength implements thrift.FastCodec.
func (p *packet) BLength() int { return len(p.raw) + 1 }

// FastWriteNocopy implements thrift.FastCodec.
func (p *packet) FastWriteNocopy(b []byte, _ thrift.NocopyWriter) int {
	n := copy(b, p.raw)
	b[n] = 0
	return n + 1
}

// FastRead implements thrift.FastCodec. It copies, because b is used again.
func (p *packet) FastRead(b []byte) (int, error) {
	last := len(b) - 1
	if last < 0 || b[last] != 0 {
		return 0, remote.NewTransErrorWithMsg(remote.ProtocolError, "a packet without its end")
	}
	p.raw = bytes.Clone(b[:last])
	return len(b), nil
}
