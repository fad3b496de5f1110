package roster

import (
	"cmp"
	"slices"
)

// counts holds what only grows, guarded by the roster's lock.
type counts struct {
	began, ended, updates, snapshots, failures uint64
}

// Stats is what a roster has in it and has done since it was made.
type Stats struct {
	Sessions  int
	Journal   int    // changes kept for images that have not taken them
	Waiting   int    // logins
	Began     uint64 // sessions
	Ended     uint64 // sessions
	Updates   uint64 // made, heartbeats and repeats not counted
	Snapshots uint64 // begun
	Failures  uint64 // calls that an image did not take
	Images    []Image
}

// Image is how one image is doing.
type Image struct {
	Name     string
	Required bool
	InSync   bool
	Lacks    int   // changes
	Why      error // it is not in sync
}

// Stats returns the numbers of this moment, images by name.
func (r *Roster) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{
		Sessions:  r.seats.len(),
		Journal:   len(r.journal.events),
		Waiting:   len(r.waiters),
		Began:     r.counts.began,
		Ended:     r.counts.ended,
		Updates:   r.counts.updates,
		Snapshots: r.counts.snapshots,
		Failures:  r.counts.failures,
	}
	for _, f := range r.feeds {
		s.Images = append(s.Images, Image{
			Name: f.name, Required: f.required, InSync: f.synced,
			Lacks: int(r.journal.end() - f.at), Why: f.why,
		})
	}
	slices.SortFunc(s.Images, func(a, b Image) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
