package quic

import (
	"bytes"
	"errors"
	"log"
	"net"
	"net/netip"
	"os"
	"testing"

	quicgo "github.com/quic-go/quic-go"
)

// TestSilentAboutBuffers has quic-go take over a socket: it is refused the
// descriptor while it asks for buffer sizes, gets it afterwards, and writes
// nothing.
func TestSilentAboutBuffers(t *testing.T) {
	var written bytes.Buffer
	log.SetOutput(&written)
	defer log.SetOutput(os.Stderr)
	p, err := openPath(netip.MustParseAddrPort("127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if _, err := p.socket.SyscallConn(); !errors.Is(err, errUnsized) {
		t.Errorf("the sizes could be asked for: %v", err)
	}
	if _, err := p.packets.WriteTo([]byte{0}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}); err != nil {
		t.Errorf("quic-go does not take the socket: %v", err)
	}
	if _, err := p.socket.SyscallConn(); err != nil {
		t.Errorf("no descriptor afterwards: %v", err)
	}
	if written.Len() > 0 {
		t.Errorf("written to the standard logger: %s", written.Bytes())
	}
}

// TestRetired closes the descriptor under quic-go, which must not notice.
func TestRetired(t *testing.T) {
	p, err := openPath(netip.MustParseAddrPort("127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	p.packets.WriteTo([]byte{0}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}) // starts the reader
	p.socket.retire()
	if n, err := p.socket.WriteTo([]byte{1, 2}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}); n != 2 || err != nil {
		t.Errorf("write to a retired socket: %d, %v", n, err)
	}
	if _, err := p.packets.Listen(nil, nil); errors.Is(err, quicgo.ErrTransportClosed) {
		t.Error("quic-go noticed")
	}
	p.close() // ends the reader, else goleak complains
}
