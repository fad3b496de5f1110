package ops

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/route"
)

type (
	gateStats    gate.Stats
	routeStats   route.Stats
	serviceStats imservice.Stats
	pushStats    push.Stats
)

func (s gateStats) Stats() gate.Stats         { return gate.Stats(s) }
func (s routeStats) Stats() route.Stats       { return route.Stats(s) }
func (s serviceStats) Stats() imservice.Stats { return imservice.Stats(s) }
func (s pushStats) Stats() push.Stats         { return push.Stats(s) }

// TestRoles holds the names of every role to the conventions, and counts each
// reason once.
func TestRoles(t *testing.T) {
	sources := reader{
		GateMetrics(gateStats{
			Closes: map[gate.Reason]uint64{gate.ReasonIdle: 1, gate.ReasonAuth: 2},
			Drops:  map[gate.Drop]uint64{gate.DropGone: 3},

			Unresumed: map[gate.Unresumed]uint64{gate.TicketUnknown: 1, gate.TicketDevice: 2},
			Uncounted: map[gate.Uncounted]uint64{gate.CountRate: 1, gate.CountGone: 2, gate.CountBusy: 3},
		}),
		RouteMetrics(routeStats{CensusRefused: map[msgdef.ErrorCode]uint64{msgdef.CodeBusy: 1}, AppRefused: map[route.AppReason]uint64{route.AppUnclaimed: 1, route.AppTimeout: 2}, Losses: []route.Loss{
			{Call: "deliver", Code: msgdef.CodeBusy, Items: 4}, {Call: "push", Code: msgdef.CodeBusy, Items: 5},
		}}),
		ServiceMetrics(serviceStats{Messages: 6}),
		BrowserMetrics(func() (int, uint64, map[string]uint64) { return 1, 2, map[string]uint64{"origin": 3, "query": 4} }),
		QUICMetrics(func() (int, uint64, uint64, map[string]uint64, map[string]uint64) {
			return 1, 2, 3, map[string]uint64{"limited": 4}, map[string]uint64{"hello": 5}
		}),
		PushMetrics(pushStats{Ended: map[push.Reason]uint64{push.Obsolete: 7, push.Refused: 8, push.Retried: 9}}),
	}
	problems, err := testutil.CollectAndLint(sources)
	if err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
	for name, want := range map[string]int{
		"sim_gate_closes_total": 2, "sim_gate_dropped_frames_total": 1, "sim_gate_refused_browsers_total": 2, "sim_gate_refused_quic_total": 1,
		"sim_gate_dropped_quic_total":    1,
		"sim_gate_refused_tickets_total": 2, "sim_gate_refused_presence_counts_total": 3, "sim_gate_presence_counts_total": 1,
		"sim_route_census_total": 1, "sim_route_refused_census_total": 1,
		"sim_route_lost_total": 2, "sim_route_refused_application_frames_total": 2, "sim_route_refused_claims_total": 1, "sim_imservice_messages_total": 1,
		"sim_push_dropped_total": 2, "sim_push_postponed_total": 1,
	} {
		if got := testutil.CollectAndCount(sources, name); got != want {
			t.Errorf("%s: %d series, want %d", name, got, want)
		}
	}
}
