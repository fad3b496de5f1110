package kitex

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/transport"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// capture returns the bytes of a good call.
func capture(t testing.TB) []byte {
	t.Helper()
	l := listen(t, "127.0.0.1:0")
	defer func() { _ = l.Close() }()
	got := make(chan []byte, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = nc.Close() }()
		var length [4]byte
		_, _ = io.ReadFull(nc, length[:])
		rest := make([]byte, binary.BigEndian.Uint32(length[:]))
		_, _ = io.ReadFull(nc, rest)
		_ = l.Close()
		got <- append(length[:], rest...)
	}()
	c, err := DialService(ClientOptions{Self: "r1", Endpoints: Static(l.Addr().String())})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Lookup(within(t), lookup()); err == nil {
		t.Fatal("an answer without a server")
	}
	return <-got
}

// throw sends bytes to a server and reads until it hangs up.
func throw(t *testing.T, s *Server, b []byte) {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = nc.Write(b)
	_ = nc.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, nc); errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the server does not hang up after % x", b[:min(len(b), 32)])
	}
}

// TestGarbage throws bytes at a server: noise, other protocols, lengths that
// nobody has, and good calls with damages. It answers good calls afterwards.
func TestGarbage(t *testing.T) {
	s := serve(t, ServerOptions{}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	good := capture(t)
	thrift := []byte{0x80, 1, 0, 1, 0x7f, 0xff, 0xff, 0xff, 'x'} // without frame, a name of 2 GiB
	framed := append([]byte{0x7f, 0xff, 0xff, 0xff}, thrift...)
	huge := bytes.Clone(good)
	binary.BigEndian.PutUint32(huge, MaxFrame+1)
	for _, b := range [][]byte{
		nil, {0}, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
		thrift, framed, huge, good[:len(good)-1], good[:20], append(bytes.Clone(good), "rest that is no call"...),
	} {
		throw(t, s, b)
	}
	for range 200 {
		b := bytes.Clone(good)
		for range 1 + rand.IntN(4) {
			b[rand.IntN(len(b))] = byte(rand.Uint32())
		}
		throw(t, s, b)
	}
	c := dialService(t, ClientOptions{}, s)
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Error(err)
	}
	if s.Stats().Bad == 0 {
		t.Error("no frame was counted as bad")
	}
}

// TestTooLarge refuses a call above the bound and goes on.
func TestTooLarge(t *testing.T) {
	s := serve(t, ServerOptions{MaxFrame: 2000}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	c := dialService(t, ClientOptions{}, s)
	large := &rpc.LookupRequest{}
	for range 100 {
		large.Names = append(large.Names, "a name of a certain length")
	}
	if _, err := c.Lookup(within(t), large); err == nil {
		t.Error("a call above the bound was answered")
	}
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Error(err)
	}
}

// TestTooMany refuses connections beyond the bound and takes others when there
// is room again.
func TestTooMany(t *testing.T) {
	s := serve(t, ServerOptions{MaxConns: 2}, OfferService(answering(new(rpc.LookupReply), nil), nil, nil))
	var open []net.Conn
	for range 2 {
		nc, err := net.Dial("tcp", s.addr())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, nc)
	}
	throw(t, s, nil) // returns when it was refused
	if stats := s.Stats(); stats.Refused != 1 || stats.Conns != 2 {
		t.Errorf("%+v", stats)
	}
	for _, nc := range open {
		_ = nc.Close()
	}
	for s.Stats().Conns != 0 {
		time.Sleep(time.Millisecond)
	}
	c := dialService(t, ClientOptions{}, s)
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Error(err)
	}
}

// TestBadAnswers makes calls to servers that answer with anything.
func TestBadAnswers(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x7f\xff\xff\xff\x10\x00\x00\x00"} {
		l := listen(t, "127.0.0.1:0")
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(nc, answer)
				_ = nc.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, nc)
				_ = nc.Close()
			}
		}()
		c := dialService(t, ClientOptions{Endpoints: Static(l.Addr().String())})
		if _, err := c.Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("%q: %v", answer, err)
		}
		_ = l.Close()
		<-done
	}
}

// FuzzFrames decodes bytes as a server does. It must end, and take no more
// memory than the bytes are worth.
func FuzzFrames(f *testing.F) {
	good := capture(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	codec := newFrames(1 << 20)
	f.Fuzz(func(t *testing.T, b []byte) {
		ri := rpcinfo.NewRPCInfo(rpcinfo.EmptyEndpointInfo(), rpcinfo.EmptyEndpointInfo(),
			rpcinfo.NewServerInvocation(), rpcinfo.NewRPCConfig(), rpcinfo.NewRPCStats())
		m := remote.NewMessage(new(packet), ri, remote.Call, remote.Server)
		if err := codec.DecodeMeta(context.Background(), m, remote.NewReaderBuffer(b)); err != nil {
			return
		}
		if p := ri.Config().TransportProtocol(); p != transport.TTHeaderFramed || m.PayloadLen() > codec.max {
			t.Errorf("protocol %v, payload of %d", p, m.PayloadLen())
		}
	})
}
