package pyclient

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const remedy = "the Python client needs python3 and its package cryptography: apt-get install -y python3-cryptography"

// python returns an interpreter that can run simclient. Without one the test
// is skipped, but fails where everything has to be there.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		path, err := exec.LookPath(name)
		if err == nil && exec.CommandContext(t.Context(), path, "-B", "-c", "import cryptography").Run() == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(remedy)
	}
	t.Skip(remedy)
	return ""
}

// simclient returns the command that runs it with args.
func simclient(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // t.Context ends before Cleanup
	cmd := exec.CommandContext(ctx, python(t), append([]string{"-B", "-m", "simclient"}, args...)...)
	cmd.WaitDelay = time.Second
	t.Cleanup(cancel)
	return cmd
}

// event is a line that simclient wrote.
type event map[string]any

func (e event) text(key string) string { s, _ := e[key].(string); return s }
func (e event) number(key string) int  { n, _ := e[key].(float64); return int(n) }

// client is a running simclient drive.
type client struct {
	t    *testing.T
	in   io.WriteCloser
	exit func() int
	uid  uint64

	mu      sync.Mutex
	events  []event // not yet expected
	all     []event
	over    bool
	changed chan struct{} // closed and replaced when something comes
}

// drive starts a client and waits for nothing.
func drive(t *testing.T, args ...string) *client {
	t.Helper()
	cmd := simclient(t, append([]string{"drive"}, args...)...)
	c := &client{t: t, changed: make(chan struct{})}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors strings.Builder
	cmd.Stderr = &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.in = in
	read := make(chan struct{})
	go func() { c.read(out); close(read) }()
	c.exit = sync.OnceValue(func() int {
		in.Close()
		<-read
		_ = cmd.Wait() // the exit code tells
		if errors.Len() > 0 {
			t.Errorf("simclient: %s", errors.String())
		}
		return cmd.ProcessState.ExitCode()
	})
	t.Cleanup(func() { c.exit() })
	return c
}

func (c *client) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			c.t.Errorf("not an event: %s", lines.Text())
			continue
		}
		c.note(func() { c.events, c.all = append(c.events, e), append(c.all, e) })
	}
	c.note(func() { c.over = true })
}

func (c *client) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// expect waits for the next event of a name and removes it; others stay.
func (c *client) expect(name string) event {
	c.t.Helper()
	timeout := time.After(patience)
	for {
		c.mu.Lock()
		for i, e := range c.events {
			if e.text("event") == name {
				c.events = append(c.events[:i:i], c.events[i+1:]...)
				c.mu.Unlock()
				return e
			}
		}
		over, changed, all := c.over, c.changed, c.all
		c.mu.Unlock()
		if over {
			c.t.Fatalf("simclient ended without %q after %v", name, all)
		}
		select {
		case <-changed:
		case <-timeout:
			c.t.Fatalf("still waiting for %q after %v", name, all)
		}
	}
}

// expectNone reports events of a name that came and were not expected.
func (c *client) expectNone(name string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.text("event") == name {
			c.t.Errorf("unexpected %v", e)
		}
	}
}

// do gives a command with key, value, key, value ….
func (c *client) do(command string, args ...any) {
	c.t.Helper()
	line := map[string]any{"do": command}
	for i := 0; i < len(args); i += 2 {
		line[args[i].(string)] = args[i+1]
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = c.in.Write(append(text, '\n'))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// messages waits for n messages and returns their bodies.
func (c *client) messages(n int) (bodies []string) {
	c.t.Helper()
	for range n {
		bodies = append(bodies, c.expect("message").text("body"))
	}
	return bodies
}

// quit ends the client, which keeps its state.
func (c *client) quit() {
	c.t.Helper()
	c.do("quit")
	if code := c.exit(); code != 0 {
		c.t.Errorf("simclient ended with %d", code)
	}
}
