package cluster

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrouble says what is wrong with a machine before anything runs there, or
// with what the program that ended wrote.
func TestTrouble(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	free := []string{"127.0.0.1:0", "127.0.0.1:0"}
	for name, tt := range map[string]struct {
		options Options
		want    []string // one for each line
	}{
		"nothing given": {Options{Redis: "true"}, []string{"no gate", "no data folder"}},
		"no address":    {Options{Listen: make([]string, 2), Redis: "true"}, []string{"gate 1 has no address", "gate 2 has no address"}},
		"no redis":      {Options{Listen: free, Redis: file + "-server"}, []string{"the program of Redis: "}},
		"a port in use": {Options{Listen: []string{taken.Addr().String(), "127.0.0.1:0"}, Redis: "true"}, []string{taken.Addr().String() + ": bind: address already in use"}},
		"the same port": {Options{Listen: []string{"127.0.0.1:7", "127.0.0.1:7"}, Redis: "true"}, []string{"two gates are to listen at 127.0.0.1:7"}},
		"a file":        {Options{Data: file, Listen: free, Redis: "true"}, []string{"data folder: mkdir " + file}},
		"redis ends":    {Options{Listen: free, Redis: "false"}, []string{"redis ended at its start (exit status 1): false --bind", "(it wrote nothing)"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := tt.options
			if o.Data == "" && name != "nothing given" {
				o.Data = t.TempDir()
			}
			if o.Sim == "" {
				o.Sim = "true"
			}
			_, err := Start(t.Context(), o)
			if err == nil {
				t.Fatal("it started")
			}
			if n := strings.Count(err.Error(), "\n") + 1; n != len(tt.want) {
				t.Errorf("%d lines, want %d", n, len(tt.want))
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("lacks %q: %v", want, err)
				}
			}
		})
	}
}

// TestTail shows what was written since the last start only.
func TestTail(t *testing.T) {
	p := &Process{role: role{name: "echo", args: []string{"echo", "now"}}, log: filepath.Join(t.TempDir(), "log")}
	if err := os.WriteFile(p.log, []byte("long ago\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.start(func(*Process, error) {}); err != nil {
		t.Fatal(err)
	}
	p.wait(t.Context())
	if got := p.tail(); got != "now" {
		t.Errorf("got %q", got)
	}
}
