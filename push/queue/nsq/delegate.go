package nsq

import (
	"sync"

	"github.com/nsqio/go-nsq"
)

// delegate is what every connection hears. Both of go-nsq's own clients are left
// out: its Consumer panics when it is stopped while it connects again, and its
// Producer has a data race when its connection is lost.
type delegate struct {
	closed chan struct{} // by OnClose

	mu  sync.Mutex
	err error // the first thing that went wrong
}

// fail keeps the first reason.
func (d *delegate) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
}

// why returns what ended the connection.
func (d *delegate) why() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		return errEnded
	}
	return d.err
}

// OnIOError ends the connection.
func (d *delegate) OnIOError(c *nsq.Conn, err error) {
	d.fail(err)
	c.Close()
}

// OnClose hears the end of the connection, once.
func (d *delegate) OnClose(*nsq.Conn) { close(d.closed) }

// The rest of nsq.ConnDelegate is of no interest to either, or is replaced.

func (d *delegate) OnResponse(*nsq.Conn, []byte)              {}
func (d *delegate) OnError(*nsq.Conn, []byte)                 {}
func (d *delegate) OnMessage(*nsq.Conn, *nsq.Message)         {}
func (d *delegate) OnMessageFinished(*nsq.Conn, *nsq.Message) {}
func (d *delegate) OnMessageRequeued(*nsq.Conn, *nsq.Message) {}
func (d *delegate) OnBackoff(*nsq.Conn)                       {}
func (d *delegate) OnContinue(*nsq.Conn)                      {}
func (d *delegate) OnResume(*nsq.Conn)                        {}
func (d *delegate) OnHeartbeat(*nsq.Conn)                     {}
