package ops

import (
	"io"
	"log/slog"
)

// LogFlags are the flags of logging; embed them in a command.
type LogFlags struct {
	LogLevel  slog.Level `reload:"" help:"Least severe level that is logged: debug, info, warn or error." default:"info" placeholder:"LEVEL" env:"SIM_LOG_LEVEL"`
	LogFormat string     `help:"How log lines look: text or json." enum:"text,json" default:"text" placeholder:"FORMAT" env:"SIM_LOG_FORMAT"`
}

// Logger returns a logger that writes to w. It follows level, which gets the
// value of the flag.
func (f LogFlags) Logger(w io.Writer, level *slog.LevelVar) *slog.Logger {
	level.Set(f.LogLevel)
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Level returns the least level that is logged.
func (f LogFlags) Level() slog.Level { return f.LogLevel }
