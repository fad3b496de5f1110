package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// usage is what processes say of themselves at a time.
type usage struct {
	at time.Time
	spending
	Sessions int    // logged-in connections
	Resident uint64 // bytes of memory
	Heap     uint64 // bytes in use
	Stack    uint64 // bytes in use
	logins   uint64 // that succeeded
}

func (u *usage) add(o usage) {
	u.at = o.at
	u.spending.add(o.spending)
	u.Sessions += o.Sessions
	u.Resident += o.Resident
	u.Heap += o.Heap
	u.Stack += o.Stack
	u.logins += o.logins
}

// usage reads the metrics of the server's processes and sums them.
func (t Target) usage(ctx context.Context) (sum usage, err error) {
	if len(t.HTTP) == 0 {
		return usage{}, errors.New("bench: no metrics address; give --http")
	}
	for _, addr := range t.HTTP {
		u, err := usageOf(ctx, addr)
		if err != nil {
			return usage{}, err
		}
		sum.add(u)
	}
	return sum, nil
}

// usageOf reads the metrics of one process. Those of roles that it does not
// have, and of what it does not count, are 0.
func usageOf(ctx context.Context, addr string) (usage, error) {
	body, err := get(ctx, addr, "/metrics")
	if err != nil {
		return usage{}, noMetrics(addr, err)
	}
	at := time.Now()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return usage{}, fmt.Errorf("bench: metrics of %s: %w", addr, err)
	}
	count := func(name string) uint64 { return uint64(value(families, name)) }
	return usage{
		at: at,
		spending: spending{
			CPU:      time.Duration(value(families, "process_cpu_seconds_total") * float64(time.Second)),
			Allocs:   count("go_memstats_mallocs_total"),
			BytesIn:  count("sim_gate_received_bytes_total"),
			BytesOut: count("sim_gate_sent_bytes_total"),
			Reads:    count("sim_gate_reads_total"),
			Writes:   count("sim_gate_writes_total"),
			Commits:  count("sim_imservice_commits_total") + count("sim_gate_commits_total"), // the latter of a relay
		},
		Sessions: int(count("sim_gate_sessions")),
		Resident: count("process_resident_memory_bytes"),
		Heap:     count("go_memstats_heap_inuse_bytes"),
		Stack:    count("go_memstats_stack_inuse_bytes"),
		logins:   count("sim_gate_logins_total"),
	}, nil
}

func value(families map[string]*dto.MetricFamily, name string) float64 {
	f := families[name]
	if f == nil || len(f.Metric) == 0 {
		return 0
	}
	return f.Metric[0].GetCounter().GetValue() + f.Metric[0].GetGauge().GetValue()
}

// weigh reads the server's memory after a collection.
func (t Target) weigh(ctx context.Context) (usage, error) {
	for _, addr := range t.HTTP {
		if _, err := get(ctx, addr, "/debug/pprof/heap?gc=1&debug=1"); err != nil {
			return usage{}, noMetrics(addr, err)
		}
	}
	return t.usage(ctx)
}

func noMetrics(addr string, err error) error {
	return fmt.Errorf("nobody shows metrics at %s; --http says where a gate does: %w", addr, err)
}

// answerWithin bounds a question to a server's HTTP side: whatever listens there
// may never answer.
const answerWithin = 10 * time.Second

func get(ctx context.Context, host, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity") // to compress would take the server a megabyte
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("bench: %s%s answered %s", host, path, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 64<<20))
}
