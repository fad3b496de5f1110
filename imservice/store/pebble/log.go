package pebble

import (
	"errors"
	"fmt"
	"log/slog"

	engine "github.com/cockroachdb/pebble/v2"
)

// engineLog takes what the engine says. Its fatal errors must not end the
// process, as the engine's own logger would: they break the store.
type engineLog struct {
	log  *slog.Logger
	cond *condition
}

// Infof implements engine.Logger.
func (l engineLog) Infof(format string, args ...any) {
	l.log.Debug("store engine", "event", fmt.Sprintf(format, args...))
}

// Errorf implements engine.Logger.
func (l engineLog) Errorf(format string, args ...any) {
	l.log.Error("store engine", "event", fmt.Sprintf(format, args...))
}

// Fatalf implements engine.Logger and returns, which the engine does not
// expect: what it then does stays in memory, see disk.
func (l engineLog) Fatalf(format string, args ...any) {
	why := fmt.Errorf("pebble: fatal: %s", fmt.Sprintf(format, args...))
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			why = fmt.Errorf("pebble: fatal: %w", err)
		}
	}
	l.cond.fail(why)
}

// engineEvents listens to what matters to a store: background work that failed
// and writes that have to wait.
func engineEvents(cond *condition, load *pressure) *engine.EventListener {
	return &engine.EventListener{
		BackgroundError: func(err error) {
			if isHarmless(err) {
				return
			}
			if engine.IsCorruptionError(err) {
				err = corrupt(err)
			}
			cond.fail(fmt.Errorf("pebble: background work: %w", err))
		},
		DataCorruption: func(info engine.DataCorruptionInfo) {
			cond.fail(corrupt(fmt.Errorf("%s: %w", info.Path, info.Details)))
		},
		CompactionEnd: func(engine.CompactionInfo) { load.changed() },
		FlushEnd:      func(engine.FlushInfo) { load.changed() },
		WALCreated:    func(engine.WALCreateInfo) { load.changed() },
	}
}

// isHarmless tells errors of background work that is simply done again.
func isHarmless(err error) bool {
	return errors.Is(err, engine.ErrCancelledCompaction) || errors.Is(err, engine.ErrClosed)
}
