package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

// load works on a store as a message service does: one goroutine applies
// commits, one waits for them in order, two commits are outstanding; others
// create and judge accounts, save cursors and read. It remembers what was
// promised.
type load struct {
	s     store.Store
	book  *book
	name  string // of this load, in names of accounts
	began int    // commits of the book when the load started
	seen  uint64 // greatest UID of an account that lookUp found
	quit  chan struct{}
	tasks sync.WaitGroup

	mu       sync.Mutex
	moved    sync.Cond // on mu: promised or failed changed
	promised promises
	failed   []error
}

// promises is what calls that returned without error said would last.
type promises struct {
	commits  int // the first ones of the book
	accounts []store.Account
	families []store.Family
	verdicts []store.Verdict
	pushes   []store.PushToken
	region   string // whose term the load counts up
	term     uint64
}

// startLoad starts a load that goes on until stop or an error.
func startLoad(s store.Store, book *book, name string) *load {
	l := &load{s: s, book: book, name: name, quit: make(chan struct{})}
	l.moved.L = &l.mu
	l.began = len(book.commits)
	l.promised.commits = l.began
	pending := make(chan store.Pending, 1)
	l.tasks.Go(func() { l.apply(pending) })
	l.tasks.Go(func() { l.await(pending) })
	for _, beside := range []func(int) error{l.register, l.judge, l.registerPush, l.mint, l.saveCursor, l.read, l.lookUp} {
		l.tasks.Go(func() { l.repeat(l.inStep(beside)) })
	}
	return l
}

func (l *load) apply(pending chan<- store.Pending) {
	defer close(pending)
	l.repeat(func(int) error {
		p, err := l.s.Apply(l.book.next())
		if err == nil {
			pending <- p
		}
		return err
	})
}

func (l *load) await(pending <-chan store.Pending) {
	var first error
	for p := range pending {
		err := p.Wait()
		switch {
		case first == nil && err == nil:
			l.promise(func(p *promises) { p.commits++ })
		case first == nil:
			first = err
			l.fail(err)
		case err == nil:
			l.fail(errors.New("a commit became durable after one before it did not"))
		}
	}
}

// repeat calls task with 1, 2, … until the load is stopped or it fails.
func (l *load) repeat(task func(i int) error) {
	for i := 1; !l.over(); i++ {
		if err := task(i); err != nil {
			l.fail(err)
			return
		}
	}
}

// inStep holds a task back to one step for each commit that became durable, so
// that on a slow machine it does not crowd out the commits.
func (l *load) inStep(task func(int) error) func(int) error {
	return func(i int) error {
		l.mu.Lock()
		for l.promised.commits-l.began < i-1 && len(l.failed) == 0 && !l.over() {
			l.moved.Wait()
		}
		l.mu.Unlock()
		if l.over() {
			return nil
		}
		return task(i)
	}
}

func (l *load) over() bool {
	select {
	case <-l.quit:
		return true
	default:
		return false
	}
}

func (l *load) register(i int) error {
	a, err := l.s.CreateAccount(fmt.Sprintf("%s %d", l.name, i), fmt.Sprint("hash ", i), moment())
	if err != nil {
		return err
	}
	l.promise(func(p *promises) { p.accounts = append(p.accounts, a) })
	f := family(a.UID, 1)
	if err := l.s.PutFamily(f, 2, moment()); err != nil {
		return err
	}
	l.promise(func(p *promises) { p.families = append(p.families, f) })
	return nil
}

func (l *load) judge(i int) error {
	v := verdict(1<<33+uint64(i), uint64(i))
	if err := l.s.PutVerdict(v); err != nil {
		return err
	}
	l.promise(func(p *promises) { p.verdicts = append(p.verdicts, v) })
	return nil
}

func (l *load) registerPush(i int) error {
	t := pushToken(1<<32+uint64(i), 1, fmt.Sprint(l.name, i))
	if _, err := l.s.PutPushToken(t, 2); err != nil {
		return err
	}
	l.promise(func(p *promises) { p.pushes = append(p.pushes, t) })
	return nil
}

func (l *load) mint(i int) error {
	if err := l.s.PutTerm(l.name, uint64(i)); err != nil {
		return err
	}
	l.promise(func(p *promises) { p.term = uint64(i) })
	return nil
}

func (l *load) saveCursor(i int) error {
	return l.s.SaveDevices([]store.DeviceRow{{UID: 1, Device: uint64(i % 3), Cursor: uint64(i), Seen: int64(i)}})
}

func (l *load) read(i int) error {
	uid := uint64(i%bookUsers) + 1
	head, err := l.s.InboxHead(uid)
	if err != nil {
		return err
	}
	entries, err := l.s.Inbox(nil, uid, head-min(head, 10), head, 100, 1<<20)
	if err == nil && uint64(len(entries)) != min(head, 10) {
		err = fmt.Errorf("inbox of %d has %d of its last %d entries", uid, len(entries), min(head, 10))
	}
	return err
}

// lookUp counts an account that others can see among the promised ones, even
// before the call that creates it returns.
func (l *load) lookUp(int) error {
	next := l.seen + 1
	a, err := l.s.AccountByUID(next)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		l.seen = next
		l.promise(func(p *promises) { p.accounts = append(p.accounts, a) })
	}
	return err
}

func (l *load) promise(change func(*promises)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.promised)
	l.moved.Broadcast()
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, err)
	l.moved.Broadcast()
}

// waitFor returns when so many more commits and at least one account are
// promised, or something failed.
func (l *load) waitFor(commits int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := l.promised.commits + commits; len(l.failed) == 0; l.moved.Wait() {
		if l.promised.commits >= until && len(l.promised.accounts) > 0 {
			return
		}
	}
}

// soFar returns what was promised until now.
func (l *load) soFar() promises {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.promised
	p.accounts, p.families = slices.Clip(p.accounts), slices.Clip(p.families)
	p.verdicts, p.pushes = slices.Clip(p.verdicts), slices.Clip(p.pushes)
	p.region = l.name
	return p
}

// stop ends the load. Errors other than the allowed ones fail the test.
func (l *load) stop(t *testing.T, allowed ...error) {
	t.Helper()
	l.mu.Lock()
	close(l.quit)
	l.moved.Broadcast()
	l.mu.Unlock()
	l.tasks.Wait()
	for _, err := range l.failed {
		if !isAnyOf(err, allowed) {
			t.Fatalf("under load: %v", err)
		}
	}
}

func isAnyOf(err error, allowed []error) bool {
	for _, a := range allowed {
		if errors.Is(err, a) {
			return true
		}
	}
	return false
}
