package websocket

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// socketKey finds the socket of a request in its context.
type socketKey struct{}

// withSocket is http.Server.ConnContext.
func withSocket(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, socketKey{}, c)
}

// refusal is an answer instead of an upgrade.
type refusal struct {
	reason Reason
	status int
	why    string
}

// refusal says why a request is not upgraded, or nil. What of the handshake is
// missing here, the library asks.
func (l *Listener) refusal(r *http.Request) *refusal {
	switch {
	case r.URL.Path != l.options.Path:
		return &refusal{ReasonPath, http.StatusNotFound, "no WebSocket here"}
	case r.URL.RawQuery != "" || r.URL.ForceQuery:
		return &refusal{ReasonQuery, http.StatusBadRequest,
			"no query string, please: proxies write addresses down, so secrets do not belong there; they travel inside the session"}
	case !l.options.originAllowed(r):
		return &refusal{ReasonOrigin, http.StatusForbidden, "pages of this origin may not connect; the operator lists those that may"}
	case !offers(r, Subprotocol):
		return &refusal{ReasonSubprotocol, http.StatusBadRequest, "offer the subprotocol " + Subprotocol}
	}
	return nil
}

// offers reports whether a request offers a subprotocol.
func offers(r *http.Request, name string) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for offer := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(offer) == name {
				return true
			}
		}
	}
	return false
}

// upgrade is the handler of net/http. A request that is refused is the last one
// of its connection.
func (l *Listener) upgrade(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	socket, _ := r.Context().Value(socketKey{}).(net.Conn) // withSocket put it there
	if no := l.refusal(r); no != nil {
		l.pending.refused(socket, no.reason)
		http.Error(w, no.why, no.status)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, OriginPatterns: slices.Clone(l.options.Origins),
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil { // the library has answered
		l.pending.refused(socket, ReasonHandshake)
		return
	}
	c := newConn(ws, socket, &l.buffers, l.options.Linger)
	c.broken = l.pending.failed
	go c.receive()
	l.offer(c)
}

// offer waits for Accept.
func (l *Listener) offer(c *conn) {
	timer := time.NewTimer(l.options.AcceptTimeout)
	defer timer.Stop()
	select {
	case l.queue <- c:
		l.pending.upgraded(c.socket, true)
		return
	case <-l.closed:
	case <-timer.C:
	}
	l.pending.upgraded(c.socket, false)
	c.part(websocket.StatusTryAgainLater, "the gate takes no more")
}

// peerOf returns the peer's address; an IPv4 peer has an IPv4 one, also when it
// came through a socket that takes both families.
func peerOf(socket net.Conn) netip.AddrPort {
	addr, ok := socket.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := addr.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
