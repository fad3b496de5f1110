package gate

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// HandleTyping implements msgdef.UpHandler. What comes faster than people write, or
// than it can be told, is dropped.
func (t *turn) HandleTyping(m *msgdef.Typing) error {
	if err := t.admit(msgdef.TypeTyping, 0); err != nil {
		return err
	}
	limits := t.gate.limits.Load()
	if t.sender.types(rate{limits.TypingRate, limits.TypingBurst}, t.now) {
		t.gate.pulse.typings.add(rpc.Typing{UID: t.uid, Conv: m.Conv, Device: t.device, Off: m.Off})
	}
	return nil
}

// types takes the token of saying that the user writes.
func (u *sender) types(r rate, now time.Duration) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.typing.take(r, now)
	return ok
}

func (p *pulse) serveTypings(batch []rpc.Typing) {
	for part := range slices.Chunk(batch, callItems) {
		ctx, cancel := p.gate.call(p.gate.times.Call)
		_, err := p.gate.options.Route.Typing(ctx, &rpc.Typings{Items: part})
		cancel()
		if err != nil {
			p.gate.logger.Debug("nobody hears who is writing", "users", len(part), "error", err)
		}
	}
}
