package chat

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
)

// Options say who chats where, and over which streams.
type Options struct {
	Servers  []string      // HOST:PORT of gates, of which one is chosen
	QUIC     bool          // over QUIC, and over TCP where UDP is blocked
	Codec    codec.ID      // of messages on the wire; 0 means binary
	Roots    *secure.Roots // that certify gates
	User     string
	Password string // empty: the one in Folder, made at the first use
	Folder   string // where devices and passwords are kept between runs

	JSON    bool          // events as JSON lines instead of text
	Timeout time.Duration // for one answer of the server; 0 means 30 s

	// In and Out are a terminal, or lines of commands and what they show.
	In, Out *os.File
	Err     io.Writer // diagnostics

	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now
}

// servers names the gates for people.
func (o Options) servers() string { return strings.Join(o.Servers, " or ") }

// dialer is how gates are reached.
func (o Options) dialer() transport.Dialer {
	if !o.QUIC {
		return client.TCPOnly()
	}
	return client.QUIC(o.Roots)
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
