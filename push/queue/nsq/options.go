package nsq

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/nsqio/go-nsq"
)

// Options say which queue a Queue is. Zero fields take the value in their
// comment.
type Options struct {
	Topic    string       // sim.push
	Channel  string       // push; consumers with the same share the messages
	InFlight int          // handlers of one Consume at the same time: 128
	Logger   *slog.Logger // nil is silence
}

// What is the same for every client.
const (
	requeue    = time.Second // until a message comes again that its handler refused
	heartbeats = 3 * time.Second
	patience   = 8 * time.Second // with an nsqd that says nothing
	msgTimeout = 60 * time.Second
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	farewell   = 5 * time.Second // for nsqd to agree to the end of a subscription
)

func (o Options) withDefaults() Options {
	if o.Topic == "" {
		o.Topic = "sim.push"
	}
	if o.Channel == "" {
		o.Channel = "push"
	}
	if o.InFlight == 0 {
		o.InFlight = 128
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) validate(addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return fmt.Errorf("queue/nsq: address of nsqd: %w", err)
	}
	switch {
	case !nsq.IsValidTopicName(o.Topic):
		return fmt.Errorf("queue/nsq: topic %q, want 1 to 64 of a-z A-Z 0-9 . _ -", o.Topic)
	case !nsq.IsValidChannelName(o.Channel):
		return fmt.Errorf("queue/nsq: channel %q, want 1 to 64 of a-z A-Z 0-9 . _ -", o.Channel)
	case o.InFlight < 1 || o.InFlight > 2500: // nsqd's own limit
		return fmt.Errorf("queue/nsq: %d messages in flight, want 1 to 2500", o.InFlight)
	}
	return nil
}

// config returns the settings of a connection.
func config() *nsq.Config {
	c := nsq.NewConfig()
	c.DialTimeout = 2 * time.Second
	c.WriteTimeout = 2 * time.Second
	c.HeartbeatInterval = heartbeats
	c.ReadTimeout = patience
	c.MsgTimeout = msgTimeout
	c.OutputBufferTimeout = 25 * time.Millisecond
	c.UserAgent = "sim"
	return c
}
