package nsq

import (
	"context"
	"log/slog"
	"strings"
)

// chatter takes what go-nsq's clients say, all at level debug: what matters of
// it is logged by state.
type chatter struct{ log *slog.Logger }

// Output implements go-nsq's logger.
func (c chatter) Output(_ int, s string) error {
	c.log.Debug("nsq client: " + strings.TrimSpace(s))
	return nil
}

// daemonLog takes what nsqd says, at its level; nsqd puts that first. What it
// says is also the only sign that it has come up.
type daemonLog struct {
	log       *slog.Logger
	listening func() // is called when it accepts connections
}

// Output implements nsqd's logger.
func (d daemonLog) Output(_ int, s string) error {
	name, text, found := strings.Cut(s, ": ")
	if !found {
		name, text = "INFO", s
	}
	if strings.HasPrefix(text, "TCP: listening") {
		d.listening()
	}
	level := slog.LevelDebug // what nsqd thinks worth information is chatter here
	switch name {
	case "WARNING":
		level = slog.LevelWarn
	case "ERROR", "FATAL":
		level = slog.LevelError
	}
	d.log.Log(context.Background(), level, "nsqd: "+text)
	return nil
}
