package websocket_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/websocket"
)

// Opcodes of RFC 6455, 5.2, and the bit of the last frame of a message.
const (
	opContinue, opText, opBinary, opClose, opPing, opPong = 0, 1, 2, 8, 9, 10
	final                                                 = 0x80
)

// frame is a masked frame whose mask changes nothing.
func frame(first byte, payload string) string {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return string(b) + "\x00\x00\x00\x00" + payload
}

// upgraded opens a raw connection, and returns the gate's side as well.
func upgraded(t *testing.T, l *websocket.Listener) (raw net.Conn, server transport.Conn) {
	t.Helper()
	raw = open(t, l)
	say(t, raw, upgrade{headers: good()}.text())
	server = accept(t, l)
	for answer := ""; !strings.HasSuffix(answer, "\r\n\r\n"); answer += string(hear(t, raw, 1)) {
		if len(answer) > 4096 {
			t.Fatalf("answered %q", answer)
		}
	}
	return raw, server
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c net.Conn, n int) []byte {
	t.Helper()
	p := make([]byte, n)
	if _, err := io.ReadFull(c, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// closedWith reads the close frame of the gate and answers it.
func closedWith(t *testing.T, c net.Conn) int {
	t.Helper()
	head := hear(t, c, 2)
	if head[0] != final|opClose {
		t.Fatalf("frame %x, not a close frame", head)
	}
	code := int(binary.BigEndian.Uint16(hear(t, c, int(head[1]))))
	_, _ = io.WriteString(c, frame(final|opClose, string([]byte{byte(code >> 8), byte(code)}))) // the gate may be gone
	return code
}

// TestMessages puts a stream together from messages cut in every way.
func TestMessages(t *testing.T) {
	l := listen(t, websocket.Options{})
	raw, server := upgraded(t, l)
	long := strings.Repeat("x", websocket.MessageSize)
	say(t, raw, frame(final|opBinary, "a")+frame(final|opBinary, "")+frame(opBinary, "b")+frame(final|opPing, "?")+
		frame(opContinue, "")+frame(final|opContinue, "c")+frame(final|opBinary, long))
	got := make([]byte, 3+len(long))
	if _, err := io.ReadFull(server, got); err != nil || string(got) != "abc"+long {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if pong := hear(t, raw, 3); string(pong) != string([]byte{final | opPong, 1, '?'}) {
		t.Errorf("answered the ping with %x", pong)
	}
	say(t, raw, frame(final|opClose, "")) // as close() of a page
	if _, err := server.Read(got); err != io.EOF {
		t.Errorf("after the close frame: %v", err)
	}
	if _, err := server.Write(got); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("wrote to a peer that closed: %v", err)
	}
}

// TestMessageRefused ends connections for what they carry, with a code and a
// reason.
func TestMessageRefused(t *testing.T) {
	big := strings.Repeat("x", websocket.MessageSize)
	for name, c := range map[string]struct {
		sent   string
		reason websocket.Reason
		code   int
	}{
		"text":                   {frame(final|opText, "hello"), websocket.ReasonText, 1003},
		"empty text":             {frame(final|opText, ""), websocket.ReasonText, 1003},
		"oversized":              {frame(final|opBinary, big+"x"), websocket.ReasonOversized, 1009},
		"oversized in fragments": {frame(opBinary, big) + frame(final|opContinue, "x"), websocket.ReasonOversized, 1009},
		"larger than memory":     {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00" + big + "xy", websocket.ReasonOversized, 1009},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, websocket.Options{})
			raw, server := upgraded(t, l)
			go func() { _, _ = io.WriteString(raw, c.sent) }() // may be cut short
			var refused *websocket.MessageError
			if _, err := io.Copy(io.Discard, reader{server}); !errors.As(err, &refused) || refused.Reason != c.reason {
				t.Errorf("read: %v", err)
			}
			if _, err := server.Write([]byte{1}); !errors.As(err, &refused) {
				t.Errorf("write: %v", err)
			}
			if code := closedWith(t, raw); code != c.code {
				t.Errorf("closed with %d", code)
			}
			if n := l.Stats().Failed[c.reason]; n != 1 {
				t.Errorf("counted %d times", n)
			}
		})
	}
}

// reader hides everything else.
type reader struct{ io.Reader }

// TestBroken ends connections that break RFC 6455 or off, and never like an
// orderly end.
func TestBroken(t *testing.T) {
	for name, sent := range map[string]string{
		"not masked":           "\x82\x01a",
		"reserved bit":         frame(final|0x40|opBinary, "a"),
		"unknown opcode":       frame(final|3, "a"),
		"continues nothing":    frame(final|opContinue, "a"),
		"message in a message": frame(opBinary, "a") + frame(final|opBinary, "b"),
		"long ping":            frame(final|opPing, strings.Repeat("x", 126)),
		"bad close":            frame(final|opClose, "x"),
		"closed for a reason":  frame(final|opClose, "\x0f\xa0no"),
		"half a header":        "\x82",
		"half a message":       frame(final|opBinary, "abc")[:8],
		"between fragments":    frame(opBinary, "abc"),
		"no close frame":       frame(final|opBinary, "abc"),
	} {
		t.Run(name, func(t *testing.T) {
			raw, server := upgraded(t, listen(t, websocket.Options{Linger: 50 * time.Millisecond}))
			say(t, raw, sent)
			raw.Close()
			got, err := io.ReadAll(server)
			if err == nil || errors.Is(err, transport.ErrClosed) || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("read %q, %v", got, err)
			}
			var closed *websocket.PeerError
			if errors.As(err, &closed) != (name == "closed for a reason") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestStrangers are closed soon, whatever they say or keep to themselves.
func TestStrangers(t *testing.T) {
	l := listen(t, websocket.Options{HeaderTimeout: 50 * time.Millisecond, HeaderBytes: 1024})
	body := upgrade{headers: good("Content-Length: 1000000")}.text()
	for name, sent := range map[string]string{
		"silence":           "",
		"half a line":       "GET /si",
		"half a header":     "GET /sim HTTP/1.1\r\nHost: a\r\nX: ",
		"garbage":           "\x16\x03\x01\x02\x00 SSH-2.0\r\n\r\n",
		"HTTP/2":            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"a huge header":     "GET /sim HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10),
		"a body that stops": strings.Replace(body, "/sim", "/", 1),
		"a request to keep": upgrade{target: "/", headers: []string{"Connection: keep-alive"}}.text(),
		"a request for h2c": upgrade{headers: []string{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"}}.text(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, l)
			_, _ = io.WriteString(c, sent) // it may be closed meanwhile
			n, err := io.Copy(io.Discard, c)
			var late net.Error
			if errors.As(err, &late) && late.Timeout() || n > 4096 {
				t.Errorf("%d bytes, then %v", n, err)
			}
		})
	}
}

// TestCrowded lets only so many in before they are accepted: of six places one
// address leaves three to the others.
func TestCrowded(t *testing.T) {
	l := listen(t, websocket.Options{Pending: 6, HeaderTimeout: patience})
	var first []net.Conn
	for range 3 {
		c := open(t, l)
		say(t, c, "GET ")
		first = append(first, c)
	}
	for l.Stats().Pending < 3 {
		time.Sleep(time.Millisecond)
	}
	c := open(t, l)
	_, _ = io.WriteString(c, "GET ")
	if n, err := io.Copy(io.Discard, c); n != 0 || errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("one too many got %d bytes, %v", n, err)
	}
	if s := l.Stats(); s.Failed[websocket.ReasonCrowded] != 1 || s.Failed[websocket.ReasonRequest] != 0 {
		t.Errorf("counted %v", s.Failed)
	}
	for _, c := range first {
		c.Close()
	}
	for l.Stats().Pending > 0 {
		time.Sleep(time.Millisecond)
	}
	upgraded(t, l)
	for l.Stats().Accepted != 1 || l.Stats().Pending != 0 {
		time.Sleep(time.Millisecond)
	}
}

// TestDripped sends its request byte by byte: that a byte came does not move the
// deadline. Each is counted, for one reason.
func TestDripped(t *testing.T) {
	server, client := identity(t)
	client.NextProtos, client.ServerName = nil, "127.0.0.1"
	for name, secured := range map[string]bool{"ws": false, "wss": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := websocket.Options{HeaderTimeout: 200 * time.Millisecond}
			if secured {
				options.TLS = server
			}
			l := listen(t, options)
			c := open(t, l)
			if secured {
				c = tls.Client(c, client)
			}
			for _, b := range []byte(upgrade{headers: good("X: " + strings.Repeat("x", 8000))}.text()) {
				if _, err := c.Write([]byte{b}); err != nil {
					break
				}
				time.Sleep(time.Millisecond)
			}
			if s := l.Stats(); s.Accepted != 0 {
				t.Error("it was let in")
			}
			for l.Stats().Pending > 0 {
				time.Sleep(time.Millisecond)
			}
			if s := l.Stats(); s.Failed[websocket.ReasonRequest] != 1 || len(s.Failed) != 1 {
				t.Errorf("counted %v", s.Failed)
			}
		})
	}
}

// TestNotAdmitted closes before TLS has anything to do.
func TestNotAdmitted(t *testing.T) {
	server, client := identity(t)
	var asked, wasted atomic.Int32
	l := listen(t, websocket.Options{TLS: server, Wasted: func(netip.Addr) { wasted.Add(1) }, Admits: func(addr netip.Addr) bool {
		return addr != netip.MustParseAddr("127.0.0.1") || asked.Add(1) > 1
	}})
	if _, err := (websocket.Dialer{TLS: client}).Dial(limited(t), l.Addr()); err == nil {
		t.Error("it was let in")
	}
	if s := l.Stats(); s.Failed[websocket.ReasonLimited] != 1 || len(s.Failed) != 1 {
		t.Errorf("counted %v", s.Failed)
	}
	c, err := websocket.Dialer{TLS: client}.Dial(limited(t), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accept(t, l)
	raw, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_, _ = io.WriteString(raw, "no TLS at all\r\n\r\n")
	_, _ = io.Copy(io.Discard, raw)
	for l.Stats().Failed[websocket.ReasonRequest] == 0 { // it is counted a moment after the close
		time.Sleep(time.Millisecond)
	}
	if n := wasted.Load(); n != 1 {
		t.Errorf("%d wasted, want the last one", n)
	}
}

// TestDeaf closes to a peer that neither reads nor answers: Linger ends it.
func TestDeaf(t *testing.T) {
	l := listen(t, websocket.Options{Linger: 20 * time.Millisecond})
	raw, server := upgraded(t, l)
	for n := 1; n > 0; {
		n, _ = server.TryWrite(make([]byte, 64<<10))
	}
	server.Close()
	var last error
	for last == nil { // the socket is closed, so that writing to it fails in the end
		_, last = io.WriteString(raw, frame(final|opPong, "x"))
	}
	var late net.Error
	if errors.As(last, &late) && late.Timeout() {
		t.Error("the gate still holds the connection")
	}
}

// TestMany has many talk at once, and all be heard.
func TestMany(t *testing.T) {
	l := listen(t, websocket.Options{})
	const many = 64
	message := bytes.Repeat([]byte("0123456789"), 5000)
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			c, err := websocket.Dialer{}.Dial(limited(t), l.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.SetReadDeadline(time.Now().Add(patience))
			got := make([]byte, len(message))
			if _, err := c.Write(message); err != nil {
				t.Error(err)
			}
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, message) {
				t.Errorf("echo: %v", err)
			}
		})
		server := accept(t, l)
		all.Go(func() {
			if _, err := io.Copy(writer{server}, reader{server}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// writer hides everything else.
type writer struct{ io.Writer }
