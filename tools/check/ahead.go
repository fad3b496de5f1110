package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// background is work for a later step that goes on beside those before it. They wait
// for clocks, disks and each other much of the time, and it is given only what of
// the processors they leave. It decides nothing: the step itself does all of it
// again, and finds done what this got done.
type background struct {
	work  action
	began time.Time
	stop  context.CancelFunc // nil before it began
	done  chan struct{}      // closed when the work has ended
}

type action = func(context.Context, *runner) error

// ahead has Bazel build beside the tests, where both are among the steps chosen. What
// it returns ends a build that no step has ended.
func ahead(chosen []step) ([]step, func()) {
	build := &background{work: idleBuild}
	var tests, bazel bool
	overlapped := make([]step, len(chosen))
	for i, s := range chosen {
		switch s.name {
		case "test":
			run := build.beside(s.run)
			tests, s.run = true, func(ctx context.Context, r *runner) error {
				haveBazel(ctx, r) // what it installs is not installed beside anything
				return run(ctx, r)
			}
		case "bazel":
			bazel, s.run = true, build.before(s.run)
		}
		overlapped[i] = s
	}
	if !tests || !bazel {
		return chosen, func() {}
	}
	return overlapped, build.end
}

// beside starts the work with a step.
func (b *background) beside(run action) action {
	return func(ctx context.Context, r *runner) error {
		quiet := *r
		quiet.log = io.Discard // the step says what is wrong
		own, stop := context.WithCancel(ctx)
		b.began, b.stop, b.done = time.Now(), stop, make(chan struct{})
		go func() {
			defer close(b.done)
			_ = b.work(own, &quiet)
		}()
		return run(ctx, r)
	}
}

// before ends the work, done or not, before a step that is not to wait for what is
// left of the processors.
func (b *background) before(run action) action {
	return func(ctx context.Context, r *runner) error {
		b.end()
		if b.stop != nil {
			fmt.Fprintf(r.log, "began beside the tests, %.0f s ago\n", time.Since(b.began).Seconds())
		}
		return run(ctx, r)
	}
}

func (b *background) end() {
	if b.stop != nil {
		b.stop()
		<-b.done
	}
}
