package tutorial_test

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// terminal runs commands that go on.
type terminal struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the commands ended

	mu  sync.Mutex
	out bytes.Buffer
}

// Write takes what the commands print.
func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(b)
}

// text returns what was printed so far.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.String()
}

// start runs commands in a process group of their own.
func start(tb testing.TB, cmd *exec.Cmd) *terminal {
	tb.Helper()
	t := &terminal{cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = t, t
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // how it ended shows in what it printed
		close(t.done)
	}()
	return t
}

// end interrupts the commands as Ctrl-C does, and kills what does not heed it.
func (t *terminal) end() {
	_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGINT)
	select {
	case <-t.done:
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL)
		<-t.done
	}
}

// await waits until the terminal has printed all lines.
func (t *terminal) await(lines []string) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if hasAll(t.text(), lines) {
			return true
		}
		select {
		case <-t.done:
			return hasAll(t.text(), lines)
		default:
		}
	}
	return false
}

// hasAll tells whether text has all lines.
func hasAll(text string, lines []string) bool {
	for _, line := range lines {
		if !strings.Contains(text, line) {
			return false
		}
	}
	return true
}
