package chat

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// Options say who chats where, and over which streams.
type Options struct {
	Server   string        // HOST:PORT of a gate
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
