package imservice

import "context"

// loop is a goroutine that works for the service beside its calls.
type loop struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when it has
}

// start runs it. It is called once.
func (l *loop) start(run func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel, l.ended = cancel, make(chan struct{})
	go func() {
		defer close(l.ended)
		run(ctx)
	}()
}

// stop ends it, and returns when it has ended. It may be called again.
func (l *loop) stop() {
	l.cancel()
	<-l.ended
}
