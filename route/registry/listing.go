package registry

import (
	"slices"
	"sync"
)

// Listing is a View that its owner sets. Its zero value lists nothing.
type Listing struct {
	mu        sync.Mutex
	instances []Instance
	changed   chan struct{} // nil while nobody waits
}

// Instances implements View.
func (l *Listing) Instances() []Instance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.instances
}

// Changed implements View.
func (l *Listing) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

// Set replaces the list and tells whether it differs from the one before, in
// which case who waits is woken. It sorts the slice and keeps it.
func (l *Listing) Set(instances []Instance) (differs bool) {
	slices.SortFunc(instances, Instance.Compare)
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Equal(instances, l.instances) {
		return false
	}
	l.instances = instances
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return true
}
