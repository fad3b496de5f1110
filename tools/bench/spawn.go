package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/sim-im/sim/tools/freeport"
)

// Spawned is a server this process started, in a folder that goes with it.
type Spawned struct {
	Target
	cmd    *exec.Cmd
	dir    string
	output tail
	exited chan error
}

// Bounds of a spawned server's start and stop.
const (
	readyWithin = 30 * time.Second
	stopWithin  = 15 * time.Second
)

// Spawn starts `sim dev` of the same program on free ports and waits until it
// is ready. All clients come from one address, so the server does not bound
// how many an address sends it. Hashes of passwords cost what they cost anybody
// if a load is about them, and otherwise CheapPasswords.
func Spawn(ctx context.Context, passwords bool) (*Spawned, error) {
	command := devCommand()
	if !passwords {
		command = append(command, CheapPasswords()...)
	}
	return spawn(ctx, "", command...)
}

// CheapPasswords are flags of a server that many clients log in to at a start:
// with the usual cost, ten thousand of them take minutes.
func CheapPasswords() []string {
	return []string{"--password-memory=8KiB", "--password-iterations=1"}
}

// devCommand is how a server is started: what spawn does not add to it.
func devCommand() []string { return []string{"dev", "--rpc", "127.0.0.1:0", "--address-rate=-1"} }

// spawn starts a command of the same program that serves clients; name is what
// reports call it.
func spawn(ctx context.Context, name string, command ...string) (*Spawned, error) {
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
	s.Name = name
	s.cmd = exec.Command(program, append(command, "--data", dir, "--listen", s.Servers[0], "--http", s.HTTP[0])...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	endWithParent(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { s.exited <- s.cmd.Wait() }()
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// freeTarget picks two addresses where nobody listens.
func freeTarget(dir string) (Target, error) {
	addrs, err := freeport.Addrs(2)
	if err != nil {
		return Target{}, err
	}
	return Target{Servers: addrs[:1], HTTP: addrs[1:], Roots: filepath.Join(dir, "roots.json")}, nil
}

// awaitReady polls the server's own word on its readiness.
func (s *Spawned) awaitReady(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if _, err := get(within, s.HTTP[0], "/readyz"); err == nil {
			return nil
		}
		select {
		case err := <-s.exited:
			s.exited <- err
			return errors.New("bench: the server ended at its start") // Stop says why
		case <-within.Done():
			return because(ctx, fmt.Errorf("bench: the server was not ready within %v\n%s", readyWithin, s.output.text()))
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
	case <-time.After(stopWithin):
		err = errors.Join(fmt.Errorf("bench: the server did not stop within %v", stopWithin), s.cmd.Process.Kill(), <-s.exited)
	}
	if err != nil {
		err = fmt.Errorf("bench: the server: %w\n%s", err, s.output.text())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// tail keeps the end of what a process writes.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// mostTail is how much of it, in bytes.
const mostTail = 16 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	t.kept = append(t.kept[:0], t.kept[max(0, len(t.kept)-mostTail):]...)
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
