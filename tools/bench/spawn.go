package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

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
// is ready. All clients come from one address, so the server does not bound
// how many an address sends it.
func Spawn(ctx context.Context) (*Spawned, error) {
	return spawn(ctx, "", "dev", "--rpc", "127.0.0.1:0", "--address-rate=-1")
}

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
	return Target{Servers: addrs[:1], HTTP: addrs[1:], Roots: filepath.Join(dir, "roots.json")}, nil
}

// awaitReady polls the server's own word on its readiness.
func (s *Spawned) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if _, err := get(ctx, s.HTTP[0], "/readyz"); err == nil {
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
