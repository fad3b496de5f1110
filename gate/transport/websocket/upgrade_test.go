package websocket_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport/websocket"
)

// upgrade is a request that is good but for what a test changes.
type upgrade struct {
	target, host string
	headers      []string // "Name: value"
}

// text returns the request.
func (u upgrade) text() string {
	target, host := u.target, u.host
	if target == "" {
		target = "/sim"
	}
	if host == "" {
		host = "gate.example"
	}
	return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(u.headers, "\r\n") + "\r\n\r\n"
}

// good are the headers of a client that is not a browser.
func good(more ...string) []string {
	return append([]string{
		"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: other, sim.1",
	}, more...)
}

// open connects to l; the socket is closed after the test.
func open(t *testing.T, l *websocket.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// ask sends bytes and returns the answer with its body.
func ask(t *testing.T, l *websocket.Listener, request string) (*http.Response, string) {
	t.Helper()
	c := open(t, l)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return answer, ""
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// TestUpgrade lists requests, what answers them, and what is counted.
func TestUpgrade(t *testing.T) {
	l := listen(t, websocket.Options{Origins: []string{"https://chat.example.com", "*.friends.example", "localhost:5173"}})
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	const ok, forbidden, bad = http.StatusSwitchingProtocols, http.StatusForbidden, http.StatusBadRequest
	for name, c := range map[string]struct {
		upgrade
		status int
		reason websocket.Reason
	}{
		"no browser":               {upgrade{headers: good()}, ok, ""},
		"a listed origin":          {upgrade{headers: good("Origin: https://chat.example.com")}, ok, ""},
		"in capitals":              {upgrade{headers: good("Origin: https://CHAT.example.com")}, ok, ""},
		"its scheme":               {upgrade{headers: good("Origin: http://chat.example.com")}, forbidden, websocket.ReasonOrigin},
		"its beginning":            {upgrade{headers: good("Origin: https://chat.example.com.evil.example")}, forbidden, websocket.ReasonOrigin},
		"a listed host":            {upgrade{headers: good("Origin: http://localhost:5173")}, ok, ""},
		"another port of it":       {upgrade{headers: good("Origin: http://localhost:5174")}, forbidden, websocket.ReasonOrigin},
		"a host of a pattern":      {upgrade{headers: good("Origin: https://a.friends.example")}, ok, ""},
		"the end of a pattern":     {upgrade{headers: good("Origin: https://evilfriends.example")}, forbidden, websocket.ReasonOrigin},
		"the same origin":          {upgrade{headers: good("Origin: https://gate.example")}, ok, ""},
		"the same host, a file":    {upgrade{headers: good("Origin: file://gate.example")}, forbidden, websocket.ReasonOrigin},
		"another site":             {upgrade{headers: good("Origin: https://evil.example")}, forbidden, websocket.ReasonOrigin},
		"no site":                  {upgrade{headers: good("Origin: null")}, forbidden, websocket.ReasonOrigin},
		"an empty origin":          {upgrade{headers: good("Origin:")}, forbidden, websocket.ReasonOrigin},
		"two origins":              {upgrade{headers: good("Origin: https://chat.example.com", "Origin: https://evil.example")}, forbidden, websocket.ReasonOrigin},
		"a token in the query":     {upgrade{target: "/sim?token=1", headers: good()}, bad, websocket.ReasonQuery},
		"a question mark":          {upgrade{target: "/sim?", headers: good()}, bad, websocket.ReasonQuery},
		"another path":             {upgrade{target: "/", headers: good()}, http.StatusNotFound, websocket.ReasonPath},
		"below the path":           {upgrade{target: "/sim/", headers: good()}, http.StatusNotFound, websocket.ReasonPath},
		"no subprotocol":           {upgrade{headers: good()[:4]}, bad, websocket.ReasonSubprotocol},
		"another subprotocol":      {upgrade{headers: append(good()[:4], "Sec-WebSocket-Protocol: sim.10")}, bad, websocket.ReasonSubprotocol},
		"no upgrade":               {upgrade{headers: good()[2:]}, http.StatusUpgradeRequired, websocket.ReasonHandshake},
		"another version":          {upgrade{headers: good()[3:]}, http.StatusUpgradeRequired, websocket.ReasonHandshake},
		"compression is not taken": {upgrade{headers: good("Sec-WebSocket-Extensions: permessage-deflate")}, ok, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := l.Stats().Failed[c.reason]
			answer, body := ask(t, l, c.text()) //nolint:bodyclose // ask does
			if answer.StatusCode != c.status {
				t.Fatalf("status %d instead of %d: %s", answer.StatusCode, c.status, body)
			}
			if c.status == ok && (answer.Header.Get("Sec-WebSocket-Protocol") != websocket.Subprotocol || answer.Header.Get("Sec-WebSocket-Extensions") != "") {
				t.Errorf("upgraded with %v", answer.Header)
			}
			if c.reason != "" && (l.Stats().Failed[c.reason] != before+1 || strings.TrimSpace(body) == "") {
				t.Errorf("counted %d as %s after %d, said %q", l.Stats().Failed[c.reason], c.reason, before, body)
			}
		})
	}
}

// TestSameOriginIsSecure has a page without TLS ask a listener with it.
func TestSameOriginIsSecure(t *testing.T) {
	server, client := identity(t)
	l := listen(t, websocket.Options{TLS: server})
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
		}
	}()
	for scheme, status := range map[string]int{"http": http.StatusForbidden, "https": http.StatusSwitchingProtocols} {
		config := client.Clone()
		config.NextProtos = nil
		transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
		request, err := http.NewRequestWithContext(limited(t), http.MethodGet, "https://"+l.Addr()+"/sim", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range good("Origin: " + scheme + "://" + l.Addr()) {
			name, value, _ := strings.Cut(line, ": ")
			request.Header.Set(name, value)
		}
		answer, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("a page of %s: status %d instead of %d", scheme, answer.StatusCode, status)
		}
	}
}

// TestDialRefused tells what the server answered, and follows nobody elsewhere.
func TestDialRefused(t *testing.T) {
	l := listen(t, websocket.Options{Path: "/chat"})
	var refused *websocket.RefusedError
	if _, err := (websocket.Dialer{}).Dial(limited(t), l.Addr()); !errors.As(err, &refused) || refused.Status != http.StatusNotFound || refused.Answer == "" {
		t.Errorf("dialled another path: %v", err)
	}
	c, err := websocket.Dialer{Path: "/chat"}.Dial(limited(t), l.Addr())
	if err == nil {
		c.Close()
	}
	if err != nil || l.URL() != "ws://"+l.Addr()+"/chat" {
		t.Errorf("dialled %s: %v", l.URL(), err)
	}
}

// TestListenRefused lists what is not listened at.
func TestListenRefused(t *testing.T) {
	var plaintext *websocket.PlaintextError
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"} {
		l, err := websocket.Listen(addr, websocket.Options{})
		if err == nil {
			l.Close()
		}
		if !errors.As(err, &plaintext) || plaintext.Addr != addr || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("plaintext at %s: %v", addr, err)
		}
	}
	server, _ := identity(t)
	l, err := websocket.Listen(":0", websocket.Options{TLS: server})
	if err != nil {
		t.Fatalf("TLS at every address: %v", err)
	}
	l.Close()
	_, err = websocket.Listen("127.0.0.1:0", websocket.Options{Path: "sim", Origins: []string{"*", "ftp://a.example", "https://a.example/", "[", "", "https://*"}})
	for _, part := range []string{`path "sim"`, `"*"`, "ftp:", `a.example/"`, `"["`, `""`, `"https://*"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("no word of %s in: %v", part, err)
		}
	}
	if _, err := websocket.Listen("nonsense", websocket.Options{}); err == nil {
		t.Error("listened at nonsense")
	}
}

// TestUnaccepted is closed when nobody accepts.
func TestUnaccepted(t *testing.T) {
	l := listen(t, websocket.Options{AcceptTimeout: time.Millisecond})
	c, err := websocket.Dialer{}.Dial(limited(t), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var closed *websocket.PeerError
	if _, err := c.Read(make([]byte, 1)); !errors.As(err, &closed) || closed.Code != 1013 {
		t.Errorf("read: %v", err)
	}
	if s := l.Stats(); s.Failed[websocket.ReasonUnaccepted] != 1 || s.Pending != 0 {
		t.Errorf("%+v", s)
	}
}

// TestDialEnds gives a dial up whose server says nothing.
func TestDialEnds(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := (websocket.Dialer{}).Dial(ctx, silent.Addr().String()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dial: %v", err)
	}
}
