package route

import (
	"context"
	"log/slog"
	"sync"
)

// Change is a device that came online or went offline.
type Change struct {
	UID, Device uint64
	Online      bool
	At          int64  // Unix milliseconds
	Reason      string // "login", "ended", "gate gone", "gave way"
}

// changesMost is how many devices can come and go between two reports; what is
// beyond is counted only.
const changesMost = 1 << 16

// device is what changes are gathered by.
type device struct{ uid, device uint64 }

// changes gathers who came and went until it is reported. Who did both in
// between is not reported at all.
type changes struct {
	options *Options
	wanted  bool // by a hook, or a log

	mu   sync.Mutex
	gone map[device]Change
	lost uint64
}

// open makes c ready.
func (c *changes) open(options *Options) {
	c.options = options
	c.wanted = options.OnPresence != nil || options.Logger.Enabled(context.Background(), slog.LevelDebug)
	c.gone = make(map[device]Change)
}

// watcher takes what happened to a session; only says that it is the first or
// last of its device.
type watcher = func(uid uint64, s session, only bool)

// online returns what notes sessions that began, as far as this route has to.
func (s *Server) online(reason string) watcher { return s.watch(true, reason) }

// offline returns what notes sessions that are over.
func (s *Server) offline(reason string) watcher { return s.watch(false, reason) }

func (s *Server) watch(online bool, reason string) watcher {
	_, master := s.Master()
	if !s.changes.wanted || !master {
		return func(uid uint64, _ session, only bool) { s.passes(uid, only) }
	}
	at := s.options.Now().UnixMilli()
	return func(uid uint64, of session, only bool) {
		s.passes(uid, only)
		if only {
			s.changes.note(Change{UID: uid, Device: of.device, Online: online, At: at, Reason: reason})
		}
	}
}

// passes has gates look at a user whose device came or went.
func (s *Server) passes(uid uint64, only bool) {
	if only {
		s.moved(uid)
	}
}

// note takes a change, or takes back the one that it undoes.
func (c *changes) note(change Change) {
	key := device{change.UID, change.Device}
	c.mu.Lock()
	defer c.mu.Unlock()
	old, ok := c.gone[key]
	switch {
	case ok && old.Online != change.Online:
		delete(c.gone, key)
	case !ok && len(c.gone) >= changesMost:
		c.lost++
	case !ok:
		c.gone[key] = change
	}
}

// flush reports what gathered.
func (c *changes) flush() {
	if !c.wanted {
		return
	}
	c.mu.Lock()
	list := make([]Change, 0, len(c.gone))
	for _, change := range c.gone {
		list = append(list, change)
	}
	clear(c.gone)
	c.mu.Unlock()
	switch {
	case len(list) == 0:
	case c.options.OnPresence != nil:
		c.options.OnPresence(list)
	default:
		for _, change := range list {
			c.options.Logger.Debug("presence", "uid", change.UID, "device", change.Device,
				"online", change.Online, "at", change.At, "reason", change.Reason)
		}
	}
}

// flushAlone reports in one process, where no rounds are made.
func (c *changes) flushAlone() {
	if c.options.Leases == nil {
		c.flush()
	}
}

// forget drops what gathered: another route reports now.
func (c *changes) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.gone)
}

// unlisted returns how many changes were too many to report.
func (c *changes) unlisted() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}
