package transport

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Defaults of Fallback.
const (
	DefaultPatience = 300 * time.Millisecond
	DefaultMemory   = 5 * time.Minute
)

// rememberedMax bounds the addresses of which a Fallback remembers something.
const rememberedMax = 256

// Fallback is a Dialer that prefers one way and takes another when the first
// does not work soon, as QUIC where a firewall drops UDP. Dial starts First, and
// Then after Patience or when First fails; who succeeds first wins, and the other
// connection is closed. While First is known not to work to an address, Then is
// tried alone, and First only if that fails.
//
// Fields must not change after the first Dial; Fallback must not be copied.
type Fallback struct {
	First, Then Dialer

	// Patience is how far ahead First is. 0 means DefaultPatience.
	Patience time.Duration

	// Memory is for how long First is not tried after Then overtook it. 0 means
	// DefaultMemory.
	Memory time.Duration

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu     sync.Mutex
	failed map[string]time.Time // address → when First was overtaken
}

// FallbackError says that neither way worked.
type FallbackError struct {
	First, Then error
}

// Error implements error.
func (e *FallbackError) Error() string {
	return fmt.Sprintf("transport: %v; and otherwise: %v", e.First, e.Then)
}

// Unwrap returns both errors.
func (e *FallbackError) Unwrap() []error {
	return []error{e.First, e.Then}
}

// Dial implements Dialer. Of which kind the connection is, its type tells, for
// example whether it is Secured. The error is a *FallbackError when both ways
// were tried.
func (f *Fallback) Dial(ctx context.Context, addr string) (Conn, error) {
	r := race{addr: addr, runners: [2]Dialer{f.First, f.Then}, lead: f.patience()}
	known := f.remembers(addr)
	if known {
		r.runners[0], r.runners[1] = f.Then, f.First
		r.lead = 0
	}
	conn, lane := r.run(ctx)
	firstWon := (lane == 0) != known
	switch {
	case conn == nil:
		return nil, r.explain(known)
	case firstWon:
		f.forget(addr)
	case !known:
		f.remember(addr)
	}
	return conn, nil
}

// Avoid notes that a connection over First to addr has fallen silent, as where a
// firewall drops UDP after a while: Then is tried alone, as if it had overtaken.
func (f *Fallback) Avoid(addr string) { f.remember(addr) }

// Forget has First tried again everywhere: the machine has moved to another
// network, where it may work.
func (f *Fallback) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.failed)
}

// remembers reports whether First does not work to addr, as far as is known.
func (f *Fallback) remembers(addr string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.failed[addr]
	return ok && f.fresh(at)
}

// remember notes that First does not work to addr. When there are too many
// addresses all are forgotten, which costs a few dials some patience.
func (f *Fallback) remember(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.failed) >= rememberedMax || f.failed == nil {
		f.failed = make(map[string]time.Time)
	}
	f.failed[addr] = f.now()
}

// forget notes that First works to addr.
func (f *Fallback) forget(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.failed, addr)
}

// fresh reports whether something noted at t still counts. A clock that was set
// back makes it count no longer than from there.
func (f *Fallback) fresh(t time.Time) bool {
	age := f.now().Sub(t)
	memory := f.Memory
	if memory <= 0 {
		memory = DefaultMemory
	}
	return age >= 0 && age < memory
}

func (f *Fallback) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}

func (f *Fallback) patience() time.Duration {
	if f.Patience <= 0 {
		return DefaultPatience
	}
	return f.Patience
}
