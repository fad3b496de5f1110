package nsqdtest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/sim-im/sim/tools/freeport"
)

// Process is an nsqd that can be killed. Its methods fail the test when the
// process cannot be started; they are called from the test's goroutine.
type Process struct {
	t     testing.TB
	dir   string
	addr  string
	cmd   *exec.Cmd // nil when killed
	stdin io.Closer
}

// Start runs an nsqd with its files in dir, until the test ends.
func Start(t testing.TB, dir string) *Process {
	t.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{t: t, dir: dir, addr: addr}
	t.Cleanup(p.Kill)
	p.Restart()
	return p
}

// Absent is an nsqd that is not running yet, on a port that was free a moment
// ago. Restart starts it.
func Absent(t testing.TB, dir string) *Process {
	t.Helper()
	p := Start(t, dir)
	p.Kill()
	return p
}

// Addr returns the host:port of the nsqd; it stays the same.
func (p *Process) Addr() string { return p.addr }

// Kill ends the process as kill -9 does. What it had in memory is lost.
func (p *Process) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // says "killed"
	_ = p.stdin.Close()
	p.cmd = nil
}

// Restart kills the process if it runs, and starts it on the same port and
// directory.
func (p *Process) Restart() {
	p.t.Helper()
	p.Kill()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDir+"="+p.dir, envListen+"="+p.addr)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd, p.stdin = cmd, stdin
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil { // its address
		p.t.Fatalf("nsqd did not start: %v (does TestMain call nsqdtest.RunIfAsked?)", err)
	}
}
