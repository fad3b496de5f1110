package route

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// lives holds the gates that there should be.
type lives struct {
	mu    sync.RWMutex
	known bool
	ids   []string
}

// Lives says which gates of the region there are, by the registry. The route is
// complete when each is in sync: attached, without a gap in its updates, and
// heard of lately. With a registry it is not before the first call.
func (s *Server) Lives(gates []string) {
	ids := slices.Compact(slices.Sorted(slices.Values(gates)))
	s.lives.mu.Lock()
	defer s.lives.mu.Unlock()
	s.lives.known, s.lives.ids = true, ids
}

// lacking counts the gates that are not in sync, and all that there are. visit
// hears of the first ones; nil is nobody.
func (s *Server) lacking(visit func(id string)) (missing, of int) {
	now := s.clock()
	s.lives.mu.RLock()
	defer s.lives.mu.RUnlock()
	s.gates.mu.RLock()
	defer s.gates.mu.RUnlock()
	for _, id := range s.lives.ids {
		if g := s.gates.byID[id]; g != nil && g.image.current(now, s.options.Fresh) {
			continue
		}
		missing++
		if visit != nil {
			visit(id)
		}
	}
	return missing, len(s.lives.ids)
}

// current reports whether the image has everything, as far as one can know.
func (im *image) current(now, fresh time.Duration) bool {
	return im.synced.Load() && now-time.Duration(im.heard.Load()) <= fresh
}

// maxNamed is how many gates an error names.
const maxNamed = 4

// incomplete returns nil when all sessions of the region are in the table, or
// why not, with CodeUnavailable. Without a registry all that is known is all
// there is.
func (s *Server) incomplete() error {
	s.lives.mu.RLock()
	known := s.lives.known
	s.lives.mu.RUnlock()
	if !known {
		if s.options.Registry == nil {
			return nil
		}
		return rpc.Errorf(msgdef.CodeUnavailable, "the gates of the region are not known yet")
	}
	if missing, _ := s.lacking(nil); missing == 0 {
		return nil
	}
	var names []string
	missing, of := s.lacking(func(id string) {
		if len(names) < maxNamed {
			names = append(names, id)
		}
	})
	return rpc.Errorf(msgdef.CodeUnavailable, "%d of %d gates are not in sync: %s", missing, of, strings.Join(names, ", "))
}
