package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// errNotYet is the health before the first answer.
var errNotYet = errors.New("not reached yet")

// health knows what does not work now, and logs when that begins and ends, not
// each time it is met.
type health struct {
	where  string
	logger *slog.Logger

	mu     sync.Mutex
	faults map[string]error // by who met it
	told   bool             // in the log that something does not work
}

// watching is who looks at Redis all the time.
const watching = "watching"

func newHealth(where string, logger *slog.Logger) *health {
	return &health{where: where, logger: logger, faults: map[string]error{watching: errNotYet}}
}

// note says that who met err, or that it works for them.
func (h *health) note(who string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.faults[who] = err
	} else {
		delete(h.faults, who)
	}
	switch {
	case err != nil && !h.told:
		h.told = true
		h.logger.Warn("the registry cannot be reached: views stay as they are", "at", h.where, "for", who, "error", err)
	case h.told && len(h.faults) == 0:
		h.told = false
		h.logger.Info("the registry can be reached again", "at", h.where)
	}
}

// err returns one of the faults there are.
func (h *health) err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.faults[watching]; err != nil {
		return fmt.Errorf("registry: %s: %w", h.where, err)
	}
	for who, err := range h.faults {
		return fmt.Errorf("registry: %s: %s: %w", h.where, who, err)
	}
	return nil
}
