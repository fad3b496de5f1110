package dev

import (
	"context"
	"errors"

	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/queue/nsq"
)

// pusher is the push service with its queue, which is a real nsqd inside this
// process.
type pusher struct {
	daemon *nsq.Daemon
	queue  *nsq.Queue
	server *push.Server
	shut   func() // of the providers
}

// openPush begins to push what the service's outbox holds.
func (s *Server) openPush() (err error) {
	p := &s.push
	if p.daemon, err = nsq.Embed(nsq.DaemonOptions{Dir: s.folder.nsqd(), Logger: s.logger}); err != nil {
		return s.folder.wrap(err)
	}
	if p.queue, err = nsq.Dial(p.daemon.Addr(), nsq.Options{Logger: s.logger}); err != nil {
		return err
	}
	providers, shut, err := s.opts.Push.Open(s.logger, s.opts.Now)
	if err != nil {
		return err
	}
	p.shut = shut
	p.server, err = push.New(push.Options{
		Outbox: s.service, Queue: p.queue, Providers: providers,
		Delay: s.opts.PushDelay, Logger: s.logger, Now: s.opts.Now,
	})
	if err != nil {
		return err
	}
	s.loop("push", func() error { return p.server.Run(context.Background()) })
	return nil
}

// close stops in order: what providers have is finished, and rows that are not
// are due again at the next start.
func (p *pusher) close(ctx context.Context) error {
	var errs []error
	if p.server != nil {
		errs = append(errs, p.server.Close(ctx))
	}
	if p.shut != nil {
		p.shut()
	}
	if p.queue != nil {
		errs = append(errs, p.queue.Close())
	}
	if p.daemon != nil {
		errs = append(errs, p.daemon.Close())
	}
	return errors.Join(errs...)
}
