package roster

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Roster is the sessions of a gate's process, with images that follow them. All
// methods may be called from any goroutine.
type Roster struct {
	options Options

	mu      sync.Mutex
	closed  bool
	seats   *seats
	ended   ended
	journal journal
	topics  topics
	feeds   map[string]*feed
	top     uint64 // highest number that a feed has used
	waiters []waiter
	counts  counts
}

// New returns a roster without sessions and images.
func New(options Options) *Roster {
	options = options.withDefaults()
	return &Roster{
		options: options,
		seats:   newSeats(),
		topics:  make(topics),
		journal: journal{limit: options.Journal},
		feeds:   make(map[string]*feed),
	}
}

// Follow keeps an image equal to the roster until stop is called, which waits
// for the call that is under way. Logins wait for required images that are in
// sync, and there must be one. A name stands for one image: following it again,
// say at another address, ends what was followed under it before.
func (r *Roster) Follow(name string, image rpc.Roster, required bool) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &feed{
		roster: r, name: name, image: image, required: required,
		cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	for {
		r.mu.Lock()
		old := r.feeds[name]
		if old == nil {
			break
		}
		r.mu.Unlock()
		old.stop()
	}
	defer r.mu.Unlock()
	if r.closed {
		cancel()
		return func() {}
	}
	f.seq, f.at, f.since = r.top, r.journal.end(), r.options.Now()
	f.why = rpc.Errorf(msgdef.CodeUnavailable, "has just been found")
	r.feeds[name] = f
	go f.run(ctx)
	return f.stop
}

// Close takes no more sessions, gives images that are in sync what they have
// not taken yet, and ends all feeds. It returns when they have ended; when ctx
// ends before, they are cut short.
func (r *Roster) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	feeds := slices.Collect(maps.Values(r.feeds))
	for _, f := range feeds {
		f.signal()
	}
	r.mu.Unlock()
	var err error
	for _, f := range feeds {
		if !f.finished(ctx) {
			err = ctx.Err()
		}
		f.stop()
	}
	return err
}

// Health returns nil when a required image is in sync, or why logins cannot be
// taken, with CodeUnavailable.
func (r *Roster) Health() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.floor(); ok {
		return nil
	}
	return r.unavailable()
}

// maxNamed is how many images an error names.
const maxNamed = 4

// unavailable says why there is no image to log in with. The lock is held.
func (r *Roster) unavailable() error {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(r.feeds)) {
		if f := r.feeds[name]; f.required && len(missing) < maxNamed {
			missing = append(missing, name+": "+f.why.Error())
		}
	}
	if len(missing) == 0 {
		return rpc.Errorf(msgdef.CodeUnavailable, "no route is known")
	}
	return rpc.Errorf(msgdef.CodeUnavailable, "no route is in sync: %s", strings.Join(missing, "; "))
}
