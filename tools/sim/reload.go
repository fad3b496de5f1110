package main

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/tools/ops"
)

// reloader takes a server's settings anew at SIGHUP: the command line, variables
// and the file as they are now, and the files that they name.
//
//	SIGHUP ─▶ read all ─▶ prepare ─▶ commit        a mistake anywhere: nothing changes
type reloader struct {
	hangups <-chan os.Signal
	stop    func()
	counts  ops.Reloads

	args        []string
	first, last *ops.Command // of the start, and in use
	level       slog.LevelVar
	logger      *slog.Logger
	prepare     preparing // nil while only the log level can change
}

// preparing reads what settings name and checks it. commit, which cannot fail,
// puts it in use.
type preparing func(settings any) (commit func(), err error)

// reloader begins to take SIGHUPs, and makes the logger of a server. Those that
// come before serve wait for it.
func (p *process) reloader(flags ops.LogFlags) *reloader {
	r := &reloader{args: p.args, first: p.command, last: p.command}
	r.hangups, r.stop = ops.Hangups()
	r.logger = flags.Logger(p.err, &r.level)
	return r
}

// serve begins to reload. Without prepare only the log level can change. Call
// the function that is returned before what it changes is gone.
func (r *reloader) serve(prepare preparing) (end func()) {
	r.prepare = prepare
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-r.hangups:
				r.reload()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		r.stop()
		close(quit)
		<-done
	}
}

// reload takes the settings anew, and says what came of it.
func (r *reloader) reload() {
	next, commit, err := r.read()
	r.counts.Note(time.Now(), err)
	if err != nil {
		r.logger.Error("the settings have mistakes: those in use stay", "mistakes", mistakes(err))
		return
	}
	commit()
	r.level.Set(next.Settings().(interface{ Level() slog.Level }).Level())
	taken, _ := r.last.Changes(next)
	_, fixed := r.first.Changes(next)
	r.last = next
	r.logger.Info("the settings are taken anew", "changed", strings.Join(taken, ","))
	if len(fixed) > 0 {
		r.logger.Warn("some settings are in use as they were at the start, until the next one", "settings", strings.Join(fixed, ","))
	}
}

// read finds every mistake: when there are some in the settings themselves, the
// files that are named by those in use are looked at all the same.
func (r *reloader) read() (next *ops.Command, commit func(), err error) {
	_, next, err = parse(r.args)
	if err != nil {
		_, errFiles := r.prepared(r.last)
		return nil, nil, errors.Join(err, errFiles)
	}
	commit, err = r.prepared(next)
	return next, commit, err
}

func (r *reloader) prepared(c *ops.Command) (commit func(), err error) {
	if r.prepare == nil {
		return func() {}, nil
	}
	return r.prepare(c.Settings())
}

// mistakes puts an error on one line.
func mistakes(err error) string {
	var list []string
	var joined interface{ Unwrap() []error }
	var usage *ops.UsageError
	switch {
	case errors.As(err, &joined):
		for _, e := range joined.Unwrap() {
			list = append(list, mistakes(e))
		}
	case errors.As(err, &usage):
		list = usage.Mistakes
	default:
		list = strings.Split(err.Error(), "\n")
	}
	return strings.Join(list, "; ")
}

// metrics are the counters of reloads, beside those of a role.
func (r *reloader) metrics(role string) []ops.Source { return []ops.Source{r.counts.Source(role)} }
