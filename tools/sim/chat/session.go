package chat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// session is a user at the keyboard, or a script.
//
//	console ──lines──▶ commands ──▶ client
//	screen ◀─events─── listen ◀──── client
type session struct {
	opts    Options
	client  *client.Client
	console console
	screen  screen
	end     context.CancelCauseFunc // called when the server ended the session for good
	paging  paging                  // of :history; belongs to the goroutine of commands
	groups  groupNames
	memory  memory

	// What listen takes.
	messages  <-chan *client.Message
	reads     chan msgdef.ReadBy
	delivered map[msgdef.Conversation]uint64 // that was shown; of listen
	asides    chan func()                    // shows something that is of use now or never
	left      chan client.Left
	barrier   chan chan struct{} // see caughtUp

	lastReceipt msgdef.ReadBy // belongs to listen

	online   atomic.Bool // the login is over
	deleting atomic.Bool // the account, on the user's word: then its end is none of the chat

	answer func(ctx context.Context, line string) error // takes the next line; belongs to the goroutine of commands

	mu    sync.Mutex
	first error // what failed first
}

// messagesWaiting is how many messages may wait for the screen before the
// client pulls them again later, readsWaiting how many receipts before further
// ones are dropped: history has them.
const (
	messagesWaiting = 256
	readsWaiting    = 1024
)

// Run chats until the input ends, :q, a failure that ends the session, or ctx.
// It returns nil when every line did what it asked, otherwise the first error,
// which has been shown; KindOf tells what kind it is. A person has seen to the
// lines that failed, so only what ended the session counts then.
func Run(parent context.Context, options Options) error {
	ctx, end := context.WithCancelCause(parent)
	defer end(nil)
	s := &session{
		opts: options.withDefaults(), end: end,
		reads: make(chan msgdef.ReadBy, readsWaiting), asides: make(chan func(), readsWaiting), left: make(chan client.Left, readsWaiting), barrier: make(chan chan struct{}),
	}
	s.open()
	if err := s.connect(ctx); err != nil {
		if parent.Err() != nil {
			return context.Cause(parent)
		}
		s.fail(err, 0)
		return err
	}
	var listening sync.WaitGroup
	listening.Go(s.listen)
	err := errors.Join(s.converse(ctx), s.client.Close())
	listening.Wait()
	if parent.Err() != nil {
		return context.Cause(parent) // a signal needs no explanation
	}
	if err != nil {
		s.fail(err, 0)
	}
	if s.console.live() {
		return err
	}
	return s.failed()
}

// open chooses the console and the screen by what the streams are.
func (s *session) open() {
	switch {
	case s.opts.JSON:
		s.console = newPipe(s.opts.In)
		s.screen = &jsonScreen{out: s.opts.Out}
	case isTerminal(s.opts.In) && isTerminal(s.opts.Out):
		t := newTerminal(s.opts.In, s.opts.Out, printable(s.opts.User)+"> ")
		s.console = t
		s.screen = &textScreen{out: t, diagnostics: t, now: s.opts.Now, draw: drawerOf(os.Getenv)}
	default:
		s.console = newPipe(s.opts.In)
		s.screen = &textScreen{out: s.opts.Out, diagnostics: s.opts.Err, now: s.opts.Now, quiet: true}
	}
}

// converse executes lines until there is a reason to stop.
func (s *session) converse(ctx context.Context) error {
	if err := s.console.start(); err != nil {
		return err
	}
	defer s.console.stop()
	if s.console.live() {
		s.screen.show(note("-- you are " + printable(s.opts.User) + " at " + s.opts.servers() + "; :help shows what to type\n"))
	}
	lines := s.console.lines(ctx)
	for number := 1; ; number++ {
		select {
		case in, ok := <-lines:
			if !ok || s.execute(ctx, number, in) {
				s.console.stop()
				if s.deleting.Load() {
					return nil
				}
				return s.settle(ctx)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// execute runs one line and reports whether it was the last one.
func (s *session) execute(ctx context.Context, number int, in input) (last bool) {
	c, err := s.understand(in.line)
	if in.err != nil {
		err = in.err
	}
	if err == nil {
		err = c.run(ctx, s)
	}
	if _, again := c.(history); !again {
		s.paging = paging{}
	}
	if errors.Is(err, errQuit) {
		return true
	}
	if err != nil && ctx.Err() == nil {
		s.fail(err, number)
	}
	return false
}

// answered is a line that a command has asked for.
type answered struct {
	line string
	take func(ctx context.Context, line string) error
}

func (a answered) run(ctx context.Context, _ *session) error { return a.take(ctx, a.line) }

// understand makes a command of a line, or an answer where one is awaited.
func (s *session) understand(line string) (command, error) {
	if take := s.answer; take != nil {
		s.answer = nil
		return answered{strings.TrimRight(line, "\r\n"), take}, nil
	}
	return parse(line)
}

// settle waits until everything sent is answered and, for a script, until
// everything that was there at the login has been shown.
func (s *session) settle(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, s.opts.Timeout)
	defer cancel()
	if s.console.live() && s.client.Status().Phase != client.Online {
		s.screen.show(note("-- waiting for acknowledgements; Ctrl-C leaves without\n"))
	}
	if err := s.client.Flush(ctx); err != nil && parent.Err() == nil && KindOf(s.failed()) != NotAcknowledged {
		return fmt.Errorf("messages are still under way: %w: %w", errNotAcknowledged, err)
	}
	if !s.console.live() {
		s.caughtUp(ctx)
	}
	return context.Cause(parent)
}

// fail shows an error and remembers the first.
func (s *session) fail(err error, line int) {
	s.mu.Lock()
	if s.first == nil {
		s.first = err
	}
	s.mu.Unlock()
	s.screen.show(errorEvent{Event: "error", Code: codeOf(err), Message: err.Error(), Line: line})
}

// failed returns what failed first.
func (s *session) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// offlinePatience bounds a question of a person while there is no connection:
// the keyboard waits for the answer.
const offlinePatience = time.Second

// timeout bounds one question to the server.
func (s *session) timeout(ctx context.Context) (context.Context, context.CancelFunc) {
	d := s.opts.Timeout
	if s.console.live() && s.client != nil && s.client.Status().Phase != client.Online {
		d = min(d, offlinePatience)
	}
	return context.WithTimeout(ctx, d)
}

// pollEvery is how often caughtUp looks.
const pollEvery = 5 * time.Millisecond

// caughtUp waits until no announced message is missing, and those that came
// are on the screen.
func (s *session) caughtUp(ctx context.Context) {
	for s.client.Behind() && sleep(ctx, pollEvery) {
	}
	drained := make(chan struct{})
	select {
	case s.barrier <- drained:
		<-drained
	case <-ctx.Done():
	}
}

// sleep returns false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
