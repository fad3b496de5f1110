package ops

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func samples() []Sample {
	return []Sample{
		{Name: "connections", Help: "Connections now.", Value: 3, Gauge: true},
		{Name: "closes_total", Help: "Connections closed.", Value: 1, Reason: "malformed"},
		{Name: "closes_total", Help: "Connections closed.", Value: 2, Reason: "idle"},
	}
}

// TestAdmin asks a real server for everything it shows.
func TestAdmin(t *testing.T) {
	defer goleak.VerifyNone(t)
	var full atomic.Bool
	admin := NewAdmin(AdminOptions{
		Metrics: NewMetrics(Source{Role: "gate", Read: samples}),
		Parts: []Part{
			{Name: "listener", Ready: func() error { return nil }},
			{Name: "store", Ready: func() error {
				if full.Load() {
					return errors.New("disk is full")
				}
				return nil
			}},
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- admin.Serve(listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string, status int, parts ...string) {
		t.Helper()
		answer, err := client.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != status {
			t.Errorf("%s: %d %v", path, answer.StatusCode, err)
		}
		for _, part := range parts {
			if !strings.Contains(string(body), part) {
				t.Errorf("%s lacks %q:\n%s", path, part, body)
			}
		}
	}
	get("/livez", 200, "live")
	get("/readyz", 200, "ready")
	get("/metrics", 200, "go_goroutines", "process_open_fds",
		"sim_gate_connections 3", `sim_gate_closes_total{reason="idle"} 2`)
	get("/debug/pprof/", 200, "goroutine")
	get("/", 200, "/readyz")
	get("/nothing", 404)
	full.Store(true)
	get("/readyz", 503, "store: disk is full")
	get("/livez", 200)

	if err := admin.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestMetricNames holds ours to the conventions of the metrics system.
func TestMetricNames(t *testing.T) {
	problems, err := testutil.CollectAndLint(reader{{Role: "gate", Read: samples}})
	if err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
}
