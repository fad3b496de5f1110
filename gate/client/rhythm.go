package client

import (
	"cmp"
	"slices"
	"time"
)

// rhythm learns how long a path may be silent before something on it, mostly a
// NAT, forgets the connection. Only pings after a silence teach it something:
//
//	0        good                  lost            bad
//	├─────────┼─────────────────────┼───────────────┼──────▶ silence before a ping
//	 answered                        not, once       not, twice: never tried again, for a week
//
// It tries half as much again as was good, and when that was bad the middle
// between the two, until they are close; then it stays below good. A silence
// that was lost once is tried once more: a connection may die of other causes.
type rhythm struct {
	good  time.Duration
	lost  time.Duration // 0: none
	bad   time.Duration // 0: not known
	found time.Time     // when bad was
	used  time.Time     // last
}

// Bounds of the time between pings, and what it is while nothing is known.
const (
	leastBeat = 30 * time.Second
	mostBeat  = 9 * time.Minute
	firstBeat = time.Minute
)

// badFor is for how long a silence that was lost twice is not tried: the network
// of a name may be another one next week.
const badFor = 7 * 24 * time.Hour

// answered notes a ping that was answered after a silence.
func (r *rhythm) answered(silence time.Duration) {
	r.good = min(max(r.good, silence), mostBeat)
	if silence >= r.lost {
		r.lost = 0
	}
	if silence >= r.bad {
		r.bad = 0
	}
}

// unanswered notes one that was not.
func (r *rhythm) unanswered(silence time.Duration, now time.Time) {
	if r.lost == 0 {
		r.lost = silence
		return
	}
	r.bad, r.lost, r.found = min(r.lost, silence), 0, now
	if r.good >= r.bad { // it was good once: the network has changed
		r.good = r.bad * 2 / 3
	}
}

// interval returns the time between pings, in whole seconds, and whether it
// tries something new: then the silence has to be exact, and otherwise not
// longer.
func (r *rhythm) interval(least, most time.Duration, now time.Time) (d time.Duration, trying bool) {
	if r.bad != 0 && now.Sub(r.found) >= badFor {
		r.bad = 0
	}
	switch {
	case r.lost != 0:
		d = r.lost + time.Second - 1 // not less
	case r.bad == 0:
		d = max(firstBeat, r.good*3/2)
	case r.bad-r.good > r.good/4:
		d = (r.good + r.bad) / 2
	default:
		d = r.good * 9 / 10
	}
	d = max(min(d, most), least).Truncate(time.Second)
	return d, r.good > 0 && d > r.good || r.lost > 0 && d >= r.lost
}

// Rhythm is what is known of the silence that a kind of network bears.
type Rhythm struct {
	Network string        // as Options.Network says, and whether it was "/quic" or "/tcp"
	Good    time.Duration // after which pings were answered
	Bad     time.Duration // after which they were not; 0: not known
	Found   time.Time     // when Bad was
	Used    time.Time     // last
}

// maxRhythms bounds the networks that are remembered.
const maxRhythms = 8

// rhythms are those of the networks that were used last, by their names.
type rhythms map[string]*rhythm

func newRhythms(saved []Rhythm) rhythms {
	all := make(rhythms)
	for _, s := range saved[:min(len(saved), maxRhythms)] {
		all[s.Network] = &rhythm{good: s.Good, bad: s.Bad, found: s.Found, used: s.Used}
	}
	return all
}

// of returns the rhythm of a network, a new one where nothing is known.
func (all rhythms) of(network string, now time.Time) *rhythm {
	r := all[network]
	if r == nil {
		r = new(rhythm)
		if list := all.list(); len(list) >= maxRhythms {
			delete(all, list[len(list)-1].Network)
		}
		all[network] = r
	}
	r.used = now
	return r
}

// list returns what is known, of the network that was used last first.
func (all rhythms) list() []Rhythm {
	var list []Rhythm
	for name, r := range all {
		list = append(list, Rhythm{Network: name, Good: r.good, Bad: r.bad, Found: r.found, Used: r.used})
	}
	slices.SortFunc(list, func(a, b Rhythm) int {
		return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.Network, b.Network))
	})
	return list
}
