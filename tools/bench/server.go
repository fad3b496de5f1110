package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// Target is the server under load.
type Target struct {
	Servers []string // HOST:PORT of its gates
	QUIC    bool     // over QUIC instead of TCP
	Roots   string   // file with its root keys
	HTTP    string   // HOST:PORT of its metrics; empty when not known
}

// dialer is how its gates are reached. There is no way out of QUIC: numbers of
// another transport would be wrong ones.
func (t *Target) dialer(roots *secure.Roots) transport.Dialer {
	if t.QUIC {
		return client.QUICOnly(roots)
	}
	return nil
}

// Spawned is a server this process started, in a folder that goes with it.
type Spawned struct {
	Target
	cmd    *exec.Cmd
	dir    string
	output bytes.Buffer
	exited chan error
}

// readyWithin bounds the start of a spawned server.
const readyWithin = 30 * time.Second

// Spawn starts `sim dev` of the same program on free ports and waits until it
// is ready.
func Spawn(ctx context.Context) (*Spawned, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sim-bench-")
	if err != nil {
		return nil, err
	}
	s := &Spawned{dir: dir, exited: make(chan error, 1)}
	if s.Target, err = freeTarget(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.cmd = exec.Command(program, "dev", "--data", dir, "--listen", s.Servers[0], "--http", s.HTTP, "--rpc", "127.0.0.1:0")
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { s.exited <- s.cmd.Wait() }()
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// freeTarget picks two ports that are free now.
func freeTarget(dir string) (Target, error) {
	var addrs [2]string
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return Target{}, err
		}
		addrs[i] = l.Addr().String()
		defer l.Close()
	}
	return Target{Servers: addrs[:1], HTTP: addrs[1], Roots: filepath.Join(dir, "roots.json")}, nil
}

// awaitReady polls the server's own word on its readiness.
func (s *Spawned) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if _, err := get(ctx, s.HTTP, "/readyz"); err == nil {
			return nil
		}
		select {
		case err := <-s.exited:
			s.exited <- err
			return fmt.Errorf("bench: the server ended at its start: %w\n%s", err, s.output.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("bench: the server was not ready within %v\n%s", readyWithin, s.output.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server and removes its folder.
func (s *Spawned) Stop() error {
	_ = s.cmd.Process.Signal(os.Interrupt)
	var err error
	select {
	case err = <-s.exited:
	case <-time.After(15 * time.Second):
		err = errors.Join(errors.New("bench: the server did not stop within 15 s"), s.cmd.Process.Kill(), <-s.exited)
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// usage is what a server's metrics say of its process.
type usage struct {
	Sessions int // logged-in connections; a server without any is not the one under load
	CPU      time.Duration
	Resident uint64 // bytes
	Heap     uint64 // bytes in use
	Stack    uint64 // bytes in use
}

// usage reads the metrics of the server.
func (t Target) usage(ctx context.Context) (usage, error) {
	if t.HTTP == "" {
		return usage{}, errors.New("bench: no metrics address; give --http")
	}
	body, err := get(ctx, t.HTTP, "/metrics")
	if err != nil {
		return usage{}, fmt.Errorf("nobody shows metrics at %s; --http says where a gate does: %w", t.HTTP, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return usage{}, fmt.Errorf("bench: metrics of %s: %w", t.HTTP, err)
	}
	return usage{
		Sessions: int(value(families, "sim_gate_sessions")),
		CPU:      time.Duration(value(families, "process_cpu_seconds_total") * float64(time.Second)),
		Resident: uint64(value(families, "process_resident_memory_bytes")),
		Heap:     uint64(value(families, "go_memstats_heap_inuse_bytes")),
		Stack:    uint64(value(families, "go_memstats_stack_inuse_bytes")),
	}, nil
}

func value(families map[string]*dto.MetricFamily, name string) float64 {
	f := families[name]
	if f == nil || len(f.Metric) == 0 {
		return 0
	}
	return f.Metric[0].GetCounter().GetValue() + f.Metric[0].GetGauge().GetValue()
}

// collect makes the server collect its garbage, so that memory can be weighed.
func (t Target) collect(ctx context.Context) error {
	_, err := get(ctx, t.HTTP, "/debug/pprof/heap?gc=1")
	return err
}

func get(ctx context.Context, host, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return nil, err
	}
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
