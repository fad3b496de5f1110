// Package log is a provider that writes a line to the server's log instead of
// waking a device, for development. The line has no token and no text.
package log

import (
	"context"
	"encoding/hex"
	"log/slog"

	"github.com/sim-im/sim/push/provider"
)

// Provider implements provider.Provider.
type Provider struct{ log *slog.Logger }

var _ provider.Provider = (*Provider)(nil)

// New returns a provider that writes to log; nil is silence.
func New(log *slog.Logger) *Provider {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Provider{log: log}
}

// Push implements provider.Provider. It always succeeds.
func (p *Provider) Push(_ context.Context, n *provider.Notification) error {
	p.log.Info("push",
		"id", n.ID, "uid", n.UID, "device", n.Device, "from", n.From,
		"conversation", hex.EncodeToString(n.Conversation[:]), "cseq", n.CSeq,
		"text_bytes", len(n.Text), "token_bytes", len(n.Token), "at", n.At)
	return nil
}
