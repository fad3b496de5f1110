package roster

// waiter is a login that waits for its session to be known.
type waiter struct {
	at   uint64     // position that images must have reached
	done chan error // has room for the outcome
}

// wait enters a waiter for everything that happened so far. The lock is held.
func (r *Roster) wait() <-chan error {
	w := waiter{at: r.journal.end(), done: make(chan error, 1)}
	r.waiters = append(r.waiters, w) // in the order of positions, which grow
	r.settle()
	return w.done
}

// floor returns the position that all required images in sync have reached;
// false when there is none. The lock is held.
func (r *Roster) floor() (at uint64, ok bool) {
	for _, f := range r.feeds {
		if f.required && f.synced && (!ok || f.at < at) {
			at, ok = f.at, true
		}
	}
	return at, ok
}

// settle lets those go on who waited long enough: to be called when an image
// has come further, or fell behind. The lock is held.
func (r *Roster) settle() {
	r.trim()
	if len(r.waiters) == 0 {
		return
	}
	n, err := len(r.waiters), error(nil)
	if at, ok := r.floor(); !ok {
		err = r.unavailable()
	} else {
		n = 0
		for n < len(r.waiters) && r.waiters[n].at <= at {
			n++
		}
	}
	for _, w := range r.waiters[:n] {
		w.done <- err
	}
	rest := copy(r.waiters, r.waiters[n:])
	clear(r.waiters[rest:])
	r.waiters = r.waiters[:rest]
}

// trim forgets the events that every image has. The lock is held.
func (r *Roster) trim() {
	low := r.journal.end()
	for _, f := range r.feeds {
		low = min(low, f.at)
	}
	r.journal.forget(low)
}
