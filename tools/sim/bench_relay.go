package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/tools/bench/relay"
	"github.com/sim-im/sim/tools/keys"
	"github.com/sim-im/sim/tools/ops"
)

// benchRelayCommand has the flags of sim bench relay, which sim bench limit
// starts.
type benchRelayCommand struct {
	Data   string       `required:"" placeholder:"DIR" help:"Folder for keys and commits; made when missing."`
	Listen ops.HostPort `default:"127.0.0.1:7100" placeholder:"HOST:PORT" help:"Where clients connect."`
	HTTP   ops.HostPort `default:"127.0.0.1:7101" name:"http" placeholder:"HOST:PORT" help:"Health, metrics, profiles."`
	Commit bool         `help:"Make messages durable before they are acknowledged."`

	ops.LogFlags
}

// Help implements kong.HelpProvider.
func (benchRelayCommand) Help() string {
	return `A server that does for a message only what cannot be left out, to compare
with. It forgets accounts when it ends; roots.json in the folder certifies it.

Example:

  sim bench relay --data /tmp/relay --commit`
}

// Run implements the command.
func (b *benchRelayCommand) Run(p *process) (err error) {
	folder := keys.Folder{Dir: b.Data}
	if err := folder.Make(); err != nil {
		return err
	}
	o := relay.Options{Logger: b.Logger(p.err, new(slog.LevelVar))}
	if b.Commit {
		o.Dir = filepath.Join(b.Data, "store")
	}
	if o.Key, err = folder.GateKey("relay"); err != nil {
		return err
	}
	http, err := net.Listen("tcp", b.HTTP.String())
	if err != nil {
		return err
	}
	if o.Listener, err = tcp.Listen(b.Listen.String()); err != nil {
		return errors.Join(err, http.Close())
	}
	server, err := relay.New(o)
	if err != nil {
		return errors.Join(err, o.Listener.Close(), http.Close())
	}
	admin := ops.NewAdmin(ops.AdminOptions{Logger: o.Logger, Metrics: ops.NewMetrics(relayMetrics(server))})
	failed := make(chan error, 2)
	go func() { failed <- server.Serve() }()
	go func() { failed <- admin.Serve(http) }()
	fmt.Fprintf(p.out, "relay at %s\n", o.Listener.Addr())
	select {
	case <-p.Done():
	case err = <-failed:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p), stopWithin)
	defer cancel()
	return errors.Join(err, server.Close(), admin.Shutdown(ctx))
}

// relayMetrics shows the counters of a relay under the names of a gate's.
func relayMetrics(s *relay.Server) ops.Source {
	return ops.Source{Role: "gate", Read: func() []ops.Sample {
		stats := s.Stats()
		count := func(name, help string, n uint64) ops.Sample {
			return ops.Sample{Name: name, Help: help, Value: float64(n)}
		}
		return []ops.Sample{
			{Name: "sessions", Help: "Logged-in connections.", Value: float64(stats.Sessions), Gauge: true},
			count("logins_total", "Logins that succeeded.", stats.Logins),
			count("received_frames_total", "Frames of logged-in clients.", stats.FramesIn),
			count("received_messages_total", "Messages taken.", stats.MessagesIn),
			count("sent_messages_total", "Messages acknowledged and delivered.", stats.MessagesOut),
			count("received_bytes_total", "Bytes of records read.", stats.BytesIn),
			count("sent_bytes_total", "Bytes of records written.", stats.BytesOut),
			count("reads_total", "Reads that brought something.", stats.Reads),
			count("writes_total", "Writes of records.", stats.Writes),
			count("commits_total", "Batches made durable.", stats.Commits),
		}
	}}
}
