package gate

import (
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A count may cost as much as a group is big, and shows nothing new for some seconds,
// see route: so a user asks for few.
const (
	countPause = 5 * time.Second // between counts that a user asks for in the long run
	countBurst = 10              // of those at once
)

// countRate bounds the counts that a user asks for, on all devices at this gate.
func countRate() rate { return rate{perSecond: 1 / countPause.Seconds(), burst: countBurst} }

// countPresent tells how many members of a group are online. The connection's other
// requests wait for it.
func (t *turn) countPresent(m *msgdef.GetPresence) error {
	if len(m.UIDs) > 0 {
		return t.refused(msgdef.TypeGetPresence, m.Req, msgdef.CodeBadArgument)
	}
	if !t.exempt && t.gate.presences.counts.take(t.uid, 1, countRate(), t.gate.clock()) == 0 {
		return &refusal{of: msgdef.TypeGetPresence, req: m.Req, code: msgdef.CodeBusy, retry: countPause}
	}
	ctx, cancel := t.gate.call(t.gate.times.Call)
	defer cancel()
	counted, err := t.gate.options.Route.Presence(ctx, &rpc.PresenceRequest{Via: m.Via, Asker: t.uid})
	if err == nil && counted.At == 0 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "the route does not count groups yet")
	}
	if err != nil {
		return t.gate.failed(msgdef.TypeGetPresence, m.Req, err)
	}
	answer := &msgdef.Presence{Req: m.Req, Total: counted.Total, Members: counted.Members, At: counted.At}
	return t.replyFitting(msgdef.TypeGetPresence, m.Req, answer)
}
