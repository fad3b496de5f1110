package tcp_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen is the suite's factory.
func listen(t testing.TB) (transport.Listener, transport.Dialer) {
	return listenAt(t, "127.0.0.1:0")
}

func listenAt(t testing.TB, addr string) (transport.Listener, transport.Dialer) {
	l, err := tcp.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	return l, tcp.Dialer{}
}

func TestContract(t *testing.T) { transporttest.Run(t, listen) }

// TestRemoteAddr finds IPv4 peers of a socket for both families with IPv4
// addresses.
func TestRemoteAddr(t *testing.T) {
	l, d := listenAt(t, ":0")
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	client, err := d.Dial(context.Background(), net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if got := server.RemoteAddr(); got.Addr() != netip.MustParseAddr("127.0.0.1") || got.Port() == 0 {
		t.Errorf("the server sees %v", got)
	}
	if got := client.RemoteAddr(); !strings.HasSuffix(got.String(), ":"+port) {
		t.Errorf("the client sees %v, dialled port %s", got, port)
	}
}

func TestListenErrors(t *testing.T) {
	l, _ := listen(t)
	defer l.Close()
	if _, err := tcp.Listen(l.Addr()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("an address in use: %v", err)
	}
	if _, err := tcp.Listen("nonsense"); err == nil {
		t.Error("listened on nonsense")
	}
}

func TestTemporary(t *testing.T) {
	for errno, want := range map[syscall.Errno]bool{
		syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOBUFS: true,
		syscall.ECONNABORTED: true, syscall.EBADF: false, syscall.EINVAL: false,
	} {
		err := &tcp.AcceptError{Err: &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", errno)}}
		if got := err.Temporary(); got != want {
			t.Errorf("%v: temporary = %v, want %v", errno, got, want)
		}
		if !errors.Is(err, errno) {
			t.Errorf("%v is not found in the chain", errno)
		}
	}
}

// BenchmarkEcho is one 256-byte message there and back.
func BenchmarkEcho(b *testing.B) {
	l, d := listen(b)
	defer l.Close()
	client, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	go echo(server)
	var pool transport.Pool
	message := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.TryWrite(message); err != nil {
			b.Fatal(err)
		}
		for got := 0; got < len(message); {
			buf, n, err := client.ReadPooled(&pool)
			if err != nil {
				b.Fatal(err)
			}
			got += n
			pool.Put(buf)
		}
	}
}

// echo returns what it reads until the end.
func echo(c transport.Conn) {
	defer c.Close()
	var pool transport.Pool
	for {
		buf, n, err := c.ReadPooled(&pool)
		if err != nil {
			return
		}
		_, err = c.Write(buf[:n])
		pool.Put(buf)
		if err != nil {
			return
		}
	}
}
