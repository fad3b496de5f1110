package nsq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nsqio/nsq/nsqd"

	"github.com/sim-im/sim/push/queue"
)

// DaemonOptions say how nsqd runs. Only Dir is needed.
type DaemonOptions struct {
	Dir    string       // of its files; made when it is not there; one nsqd at a time
	Listen string       // host:port for clients; "" means 127.0.0.1:0
	Logger *slog.Logger // nil is silence
}

// Daemon is an nsqd in this process.
type Daemon struct {
	nsqd *nsqd.NSQD
	done chan struct{} // closed when Main has returned
	err  error         // of Main
}

// Embed starts an nsqd. It has no HTTP server. The error says that the address
// or the directory is in use, among others.
func Embed(options DaemonOptions) (*Daemon, error) {
	if options.Dir == "" {
		return nil, errors.New("queue/nsq: no directory for nsqd")
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Listen == "" {
		options.Listen = "127.0.0.1:0"
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("queue/nsq: directory of nsqd: %w", err)
	}
	if err := free(options.Listen); err != nil {
		return nil, err
	}
	listening := make(chan struct{})
	log := daemonLog{options.Logger, sync.OnceFunc(func() { close(listening) })}
	n, err := nsqd.New(settings(options, log))
	if err != nil {
		return nil, fmt.Errorf("queue/nsq: nsqd in %s: %w", options.Dir, err)
	}
	if err := n.LoadMetadata(); err != nil {
		n.Exit()
		return nil, fmt.Errorf("queue/nsq: nsqd in %s: %w", options.Dir, err)
	}
	d := &Daemon{nsqd: n, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		d.err = n.Main()
	}()
	select {
	case <-listening: // before that, Close would overtake Main
		return d, nil
	case <-d.done:
		return nil, fmt.Errorf("queue/nsq: nsqd ended: %w", errors.Join(errEnded, d.Close()))
	}
}

// Addr returns the host:port where clients are served.
func (d *Daemon) Addr() string { return d.nsqd.RealTCPAddr().String() }

// Close ends it; what is queued stays in its directory.
func (d *Daemon) Close() error {
	d.nsqd.Exit()
	<-d.done
	return d.err
}

// Run serves until ctx ends and then closes. The error says why it ended
// before that.
func (d *Daemon) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-d.done:
	}
	return d.Close()
}

// free finds out whether an address can be listened on, because nsqd keeps its
// directory locked when it cannot.
func free(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("queue/nsq: nsqd cannot listen: %w", err)
	}
	return l.Close()
}

// settings are those of doc.go, and small limits: the messages are small.
func settings(options DaemonOptions, log daemonLog) *nsqd.Options {
	o := nsqd.NewOptions()
	o.DataPath = options.Dir
	o.TCPAddress = options.Listen
	o.HTTPAddress, o.HTTPSAddress = "", ""
	o.BroadcastAddress = "127.0.0.1"
	o.Logger = log
	o.LogLevel = nsqd.LOG_INFO
	o.QueueScanRefreshInterval = time.Second // until a new channel's refused messages come again
	o.MemQueueSize = 0
	o.MaxBytesPerFile = 16 << 20
	o.SyncTimeout = 2 * time.Second
	o.MaxMsgSize = queue.MaxBody
	o.MaxBodySize = (queue.MaxBody+4)*queue.MaxBatch + 4
	return o
}
