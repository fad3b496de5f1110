package node

import (
	"github.com/sim-im/sim/gate/roster"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// callMetrics reads what a role counts of its calls to another.
func callMetrics(role, callee string, c counted) ops.Source {
	return ops.Source{Role: role, Read: func() []ops.Sample {
		s := c.Stats()
		name := func(noun string) string { return callee + "_" + noun + "_total" }
		samples := []ops.Sample{
			{Name: name("calls"), Help: "Calls that ended, repetitions counted as one.", Value: float64(s.Calls)},
			{Name: name("batches"), Help: "Calls that carried what several offered.", Value: float64(s.Batches)},
			{Name: name("offers"), Help: "Offers that were merged into batches.", Value: float64(s.Offers)},
			{Name: name("items"), Help: "Messages, recipients, frames and kicks in batches.", Value: float64(s.Items)},
		}
		for code, n := range s.Failures {
			samples = append(samples, ops.Sample{
				Name: name("failed_calls"), Help: "Calls that failed, by code.", Value: float64(n), Reason: code.String(),
			})
		}
		for reason, n := range s.Drops {
			samples = append(samples, ops.Sample{
				Name: name("dropped_items"), Help: "Items that were queued or to be queued, and got lost.", Value: float64(n), Reason: string(reason),
			})
		}
		return samples
	}}
}

// serverMetrics reads what a role counts of the calls of others.
func serverMetrics(role string, server *kitex.Server) ops.Source {
	return ops.Source{Role: role, Read: func() []ops.Sample {
		s := server.Stats()
		samples := []ops.Sample{
			{Name: "rpc_calls_total", Help: "Calls of other processes that were answered.", Value: float64(s.Calls)},
			{Name: "rpc_connections", Help: "Connections of other processes.", Value: float64(s.Conns), Gauge: true},
			{Name: "rpc_refused_connections_total", Help: "Connections beyond the bound.", Value: float64(s.Refused)},
			{Name: "rpc_bad_frames_total", Help: "What other processes sent and was none.", Value: float64(s.Bad)},
		}
		for code, n := range s.Failures {
			samples = append(samples, ops.Sample{
				Name: "rpc_refused_calls_total", Help: "Calls answered with an error, by code.", Value: float64(n), Reason: code.String(),
			})
		}
		return samples
	}}
}

// rosterMetrics reads how the images of a gate's sessions are doing.
func rosterMetrics(r *roster.Roster) ops.Source {
	return ops.Source{Role: "gate", Read: func() []ops.Sample {
		s := r.Stats()
		behind := 0
		for _, image := range s.Images {
			if !image.InSync {
				behind++
			}
		}
		return []ops.Sample{
			{Name: "images", Help: "Routes and registry that follow the sessions.", Value: float64(len(s.Images)), Gauge: true},
			{Name: "behind_images", Help: "Of those, which are not in sync.", Value: float64(behind), Gauge: true},
			{Name: "waiting_logins", Help: "Logins that wait for a route to have their session.", Value: float64(s.Waiting), Gauge: true},
			{Name: "image_updates_total", Help: "Updates made for images.", Value: float64(s.Updates)},
			{Name: "image_snapshots_total", Help: "Updates that began from nothing.", Value: float64(s.Snapshots)},
			{Name: "image_failures_total", Help: "Updates that an image did not take.", Value: float64(s.Failures)},
		}
	}}
}

// registryMetrics reads what the registry refused on behalf of a role.
func registryMetrics(role string, r registry.Registry) ops.Source {
	counted, ok := r.(interface{ Stats() registry.Stats })
	return ops.Source{Role: role, Read: func() []ops.Sample {
		if !ok {
			return nil
		}
		s, help := counted.Stats(), "Calls to the registry that were refused, by reason."
		return []ops.Sample{
			{Name: "registry_refusals_total", Help: help, Value: float64(s.StaleTerms), Reason: "stale_term"},
			{Name: "registry_refusals_total", Help: help, Value: float64(s.StaleEpochs), Reason: "stale_epoch"},
		}
	}}
}
