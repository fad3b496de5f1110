package client

import "errors"

// Errors of Messages.
var errFeed = errors.New("client: Messages needs a buffer of at least 1, no OnMessage, and to be called once, before Connect")

// Messages delivers messages to a channel instead of OnMessage; they belong to
// the receiver. It is called once, before Connect. The channel has room for
// buffer messages and is closed by Close.
//
// A receiver that does not keep up holds nothing else up: what finds no room is
// pulled from the server again when half of the channel is free. A message
// counts as handed over when it is in the channel.
func (c *Client) Messages(buffer int) (<-chan *Message, error) {
	c.lifecycle.Lock()
	defer c.lifecycle.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if buffer < 1 || c.opts.OnMessage != nil || c.feed != nil || c.running != nil {
		return nil, errFeed
	}
	if c.closed {
		return nil, ErrClosed
	}
	c.feed = make(chan *Message, buffer)
	return c.feed, nil
}

// deliver gives a message to the application. It returns false when there is
// no room for it.
func (c *Client) deliver(m *Message) bool {
	if c.feed == nil {
		if c.opts.OnMessage != nil {
			c.opts.OnMessage(m)
		}
		return true
	}
	if len(c.feed) == cap(c.feed) {
		return false
	}
	c.feed <- m.Clone() // never blocks: this goroutine is the only one to send
	return true
}

// full reports whether a pull should wait for the receiver of Messages.
func (c *Client) full() bool { return c.feed != nil && len(c.feed) > cap(c.feed)/2 }
