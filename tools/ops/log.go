package ops

import (
	"io"
	"log/slog"
)

// LogFlags are the flags of logging; embed them in a command.
type LogFlags struct {
	LogLevel  slog.Level `help:"Least severe level that is logged: debug, info, warn or error." default:"info" placeholder:"LEVEL" env:"SIM_LOG_LEVEL"`
	LogFormat string     `help:"How log lines look: text or json." enum:"text,json" default:"text" placeholder:"FORMAT" env:"SIM_LOG_FORMAT"`
}

// Logger returns a logger that writes to w.
func (f LogFlags) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: f.LogLevel}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
