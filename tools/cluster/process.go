package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// role is a process as it is planned.
type role struct {
	name  string
	args  []string // of its program, which comes first
	ready func(ctx context.Context) error
	addr  string // where it serves
	http  string // for operators; "" for none
}

// Process is one part of a cluster. It can end, be killed and be started
// again.
type Process struct {
	role
	log   string // file
	began int64  // size of the log before this start

	mu    sync.Mutex
	cmd   *exec.Cmd     // nil before the first start
	ended chan struct{} // closed when cmd has ended
	asked bool          // to end
	err   error         // of cmd, after ended
}

// Name returns the process's name, which is also its id in the cluster.
func (p *Process) Name() string { return p.name }

// Addr returns where the process serves, HOST:PORT.
func (p *Process) Addr() string { return p.addr }

// HTTP returns the address for operators; "" when there is none.
func (p *Process) HTTP() string { return p.http }

// Log returns the file that the process writes to.
func (p *Process) Log() string { return p.log }

// CommandLine returns what to type to start the process by hand.
func (p *Process) CommandLine() string {
	words := make([]string, len(p.args))
	for i, w := range p.args {
		words[i] = w
		if w == "" || strings.ContainsAny(w, " \t'\"$&|;<>()*?#~`\\") {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// PID returns the number of the running process, 0 when it has ended.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return 0
	}
	return p.cmd.Process.Pid
}

// running reports whether the process was started and has not ended. p.mu is
// held.
func (p *Process) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// start starts the process. exited hears of an end that nobody asked for.
func (p *Process) start(exited func(*Process, error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return fmt.Errorf("cluster: %s runs already, as process %d", p.name, p.cmd.Process.Pid)
	}
	if err := os.MkdirAll(filepath.Dir(p.log), 0o700); err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	defer log.Close() // the process has its own
	if info, err := log.Stat(); err == nil {
		p.began = info.Size()
	}
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = apart()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cluster: %s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended, p.asked, p.err = cmd, ended, false, nil
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		p.err = err
		asked := p.asked
		close(ended)
		p.mu.Unlock()
		if !asked {
			exited(p, err)
		}
	}()
	return nil
}

// Kill ends the process at once, as kill -9 or a lost machine would, and waits
// until it is gone.
func (p *Process) Kill() { p.signal(syscall.SIGKILL); p.wait(context.Background()) }

// Stop asks the process to end in order, as an operator would, and waits until
// it has. It can be started again, see Cluster.Restart.
func (p *Process) Stop(ctx context.Context) error { return p.stop(ctx) }

// Hangup has the process take its settings anew.
func (p *Process) Hangup() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return fmt.Errorf("cluster: %s does not run", p.name)
	}
	return p.cmd.Process.Signal(syscall.SIGHUP)
}

// stop asks the process to end in order, and ends it when it has not by the
// end of ctx.
func (p *Process) stop(ctx context.Context) error {
	if !p.signal(syscall.SIGTERM) || p.wait(ctx) {
		return nil
	}
	p.Kill()
	return fmt.Errorf("cluster: %s did not stop in time and was killed; see %s", p.name, p.log)
}

// signal sends s and reports whether there was somebody to get it.
func (p *Process) signal(s syscall.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return false
	}
	p.asked = true
	return p.cmd.Process.Signal(s) == nil
}

// wait waits for the end of the process and reports whether it came before
// that of ctx.
func (p *Process) wait(ctx context.Context) bool {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitReady waits until the process does its work.
func (p *Process) awaitReady(ctx context.Context) error {
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("cluster: %s ended at its start (%w): %s\n%s", p.name, p.err, p.CommandLine(), p.tail())
		case <-ctx.Done():
			return fmt.Errorf("cluster: %s is not ready: %w; see %s", p.name, err, p.log)
		case <-time.After(pollEvery):
		}
	}
}

// pollEvery is the pause between two looks at a process that is starting.
const pollEvery = 20 * time.Millisecond

// tail returns the end of what the process has written since it was started.
func (p *Process) tail() string {
	const most = 2 << 10
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	text = text[min(int(p.began), len(text)):]
	if len(text) == 0 {
		return "(it wrote nothing)"
	}
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}
