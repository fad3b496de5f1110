package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
)

// deskMain is a business service as a program: desk NAME JOURNAL ROUTE...
// It answers Lists with who asked and what, after it wrote that down.
func deskMain() {
	name, journal, routes := os.Args[1], os.Args[2], os.Args[3:]
	file, err := os.OpenFile(journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		o := app.Options{Service: "desk", Instance: name, First: uint16(kinds.TypeLists), Last: uint16(kinds.TypeLists), Routes: routes}
		err = app.Serve(context.Background(), o, func(c *app.Call) error {
			return app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(clerk{Call: c, journal: file}), kinds.FromJSON)
		})
	}
	fmt.Fprintln(os.Stderr, "desk:", err)
	os.Exit(1)
}

// clerk serves one frame.
type clerk struct {
	kinds.UpHandler // of what is not asked here
	*app.Call
	journal *os.File
}

// HandleLists answers [n] with [the sender's user, their device, n].
func (c clerk) HandleLists(m *kinds.Lists) error {
	if len(m.Longs) != 1 {
		return fmt.Errorf("%d numbers", len(m.Longs))
	}
	n := m.Longs[0]
	// One write, so that nothing of it is lost with the process.
	if _, err := fmt.Fprintf(c.journal, "%d %d %d %d\n", time.Now().UnixNano(), c.UID, c.Device, n); err != nil {
		return err
	}
	time.Sleep(time.Duration(n%3) * time.Millisecond)
	return app.Reply(c.Call, &kinds.Lists{Longs: []uint64{c.UID, c.Device, n}})
}

// desk is a process of the service.
type desk struct {
	t       *testing.T
	args    []string
	journal string
	log     bytes.Buffer
	cmd     *exec.Cmd
}

// newDesk starts a process, which ends with the test.
func newDesk(t *testing.T, program, name, journal string, routes []string) *desk {
	d := &desk{t: t, args: append([]string{program, name, journal}, routes...), journal: journal}
	d.start()
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("desk %s:\n%s", name, &d.log)
		}
	})
	return d
}

func (d *desk) start() {
	d.cmd = exec.Command(d.args[0], d.args[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// kill ends the process at once.
func (d *desk) kill() {
	if d.cmd.ProcessState == nil {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	}
}

// served is a line of a journal.
type served struct {
	at             int64 // nanoseconds
	uid, device, n uint64
}

// read returns what the processes of the desk have served.
func (d *desk) read() (list []served) {
	d.t.Helper()
	text, err := os.ReadFile(d.journal)
	if err != nil {
		d.t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		var s served
		if _, err := fmt.Sscan(lines.Text(), &s.at, &s.uid, &s.device, &s.n); err != nil {
			d.t.Fatalf("%q: %v", lines.Text(), err)
		}
		list = append(list, s)
	}
	return list
}
