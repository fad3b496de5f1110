package websocket

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"

	"github.com/coder/websocket"

	"github.com/sim-im/sim/gate/transport"
)

// Dialer opens connections. The zero value dials ws in plaintext at DefaultPath:
// the session inside protects itself, and what is seen on the way is who talks
// to whom.
type Dialer struct {
	TLS  *tls.Config // for wss; nil means ws
	Path string      // "" means DefaultPath
}

// Dial connects to addr, a host:port. The context bounds the wait, name
// resolution included; it has no effect on the connection afterwards. The error
// is a *RefusedError when the server answers with anything but an upgrade; it is
// not followed elsewhere.
func (d Dialer) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	var socket net.Conn
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { socket = info.Conn },
	})
	path := Options{Path: d.Path}.withDefaults().Path
	ws, answer, err := websocket.Dial(ctx, address(d.TLS != nil, addr, path), &websocket.DialOptions{ //nolint:bodyclose // the library closes it, or the connection is it
		HTTPClient: d.client(), Subprotocols: []string{Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	switch {
	case err != nil && answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		text, _ := io.ReadAll(answer.Body) // in memory, at most 1 KiB
		return nil, &RefusedError{addr, answer.StatusCode, string(bytes.TrimSpace(text))}
	case err != nil:
		return nil, fmt.Errorf("websocket: dial %s: %w", addr, err)
	case ws.Subprotocol() != Subprotocol:
		_ = ws.CloseNow() // the answer counts
		return nil, &RefusedError{addr, answer.StatusCode, "no subprotocol " + Subprotocol}
	}
	c := newConn(ws, socket, new(transport.Pool), Linger)
	c.client = true
	go c.receive()
	return c, nil
}

// client is for one request, and keeps nothing after it.
func (d Dialer) client() *http.Client {
	dialer := net.Dialer{KeepAliveConfig: transport.KeepAlive()}
	t := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: DefaultHeaderBytes}
	if d.TLS != nil {
		t.TLSClientConfig = d.TLS.Clone()
		t.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}
