package gate

import (
	"context"
	"encoding/hex"
	"log/slog"

	"github.com/sim-im/sim/msgdef/rpc"
)

// traces tells whether the log takes lines about single messages. They cost
// more than the messages, and are for debugging only.
func (s *Server) traces() bool { return s.logger.Enabled(context.Background(), slog.LevelDebug) }

// traceLogin logs how a connection became a session, or did not.
func (c *conn) traceLogin(err error) {
	if !c.gate.traces() {
		return
	}
	l := c.gate.logger.With("conn", c.id, "uid", c.uid, "device", c.device, "address", c.raw.RemoteAddr().Addr())
	if err != nil {
		l.Debug("login failed", "error", err)
		return
	}
	l.Debug("logged in")
}

// traceEnd logs why a connection is over.
func (c *conn) traceEnd() {
	if c.gate.traces() {
		c.gate.logger.Debug("connection closed", "conn", c.id, "uid", c.uid, "device", c.device,
			"address", c.raw.RemoteAddr().Addr(), "reason", Reason(c.reason.Load()).String())
	}
}

// traceSent logs what became of sends.
func (s *Server) traceSent(items []rpc.SendResult) {
	for i := range items {
		r := &items[i]
		s.logger.Debug("send answered", "conn", r.Conn, "counter", r.Counter,
			"code", r.Code.String(), "cseq", r.CSeq, "useq", r.USeq)
	}
}

// traceSends logs what a connection sends. Bodies are nobody's business.
func (t *turn) traceSends() {
	for i := range t.sends.Items {
		m := &t.sends.Items[i]
		t.gate.logger.Debug("send", "conn", m.Conn, "uid", m.UID, "device", m.Device,
			"counter", m.Counter, "conversation", hex.EncodeToString(m.Conv[:]), "bytes", len(m.Body))
	}
}

// traceDelivered logs which messages go to which connections.
func (s *Server) traceDelivered(to []rpc.Delivery) {
	for i := range to {
		s.logger.Debug("message delivered", "conn", to[i].Conn, "useq", to[i].USeq)
	}
}
