package tsclient

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

// event is a line of testdata/drive.ts.
type event struct {
	Event string
	UID   uint64
	Type  msgdef.Type
	Hex   string
	Name  string // of the error
	Code  msgdef.ErrorCode
	Stops bool // what the client says of the error
	MS    int  // that the login took
}

// login says how a driven client logs in: with a token, if there is one.
type login struct {
	account, password, token string
	suite                    int
	device                   uint64 // 0 means 7
}

// driven is a running client.
type driven struct {
	t      *testing.T
	in     io.WriteCloser
	events chan event
	exited chan error
}

// drive starts a client.
func (w *world) drive(l login) *driven {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", slices.Concat(w.flags, []string{
		"--unhandled-rejections=strict", "drive.js", w.address, w.server.RootsFile(), l.account, l.password, l.token, fmt.Sprint(l.suite), fmt.Sprint(cmp.Or(l.device, 7)),
	})...)
	cmd.Dir = string(w.workspace)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	d := &driven{w.t, in, make(chan event, 1000), make(chan error, 1)}
	go func() {
		d.read(out)
		d.exited <- cmd.Wait()
	}()
	return d
}

func (d *driven) read(out io.Reader) {
	defer close(d.events)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			d.t.Errorf("not an event: %s", lines.Text())
			continue
		}
		d.events <- e
	}
}

// expect waits for the next event, which must have a name. That somebody's device has a
// message may be told at any time, and is passed over.
func (d *driven) expect(name string) event {
	d.t.Helper()
	for late := time.After(patience); ; {
		select {
		case e, ok := <-d.events:
			if ok && e.Event == "frame" && e.Type == msgdef.TypeDeliveredTo {
				continue
			}
			if !ok || e.Event != name {
				d.t.Fatalf("want %q, got %+v", name, e)
			}
			return e
		case <-late:
			d.t.Fatalf("still waiting for %q", name)
		}
	}
}

// leave closes the client.
func (d *driven) leave() {
	d.t.Helper()
	if err := d.in.Close(); err != nil {
		d.t.Fatal(err)
	}
	if e := d.expect("closed"); e.Name != "" {
		d.t.Errorf("closed: %+v", e)
	}
	d.exit()
}

// frame waits for a frame of a type and returns its body.
func (d *driven) frame(kind msgdef.Type) []byte {
	d.t.Helper()
	e := d.expect("frame")
	body, err := hex.DecodeString(e.Hex)
	if e.Type != kind || err != nil {
		d.t.Fatalf("want a frame of %v, got %+v, %v", kind, e, err)
	}
	return body
}

// send has the client send a frame.
func (d *driven) send(kind msgdef.Type, body []byte) {
	d.t.Helper()
	if _, err := fmt.Fprintf(d.in, `{"type":%d,"hex":"%x"}`+"\n", uint16(kind), body); err != nil {
		d.t.Fatal(err)
	}
}

// exit waits for the process, which ends by itself.
func (d *driven) exit() {
	d.t.Helper()
	select {
	case err := <-d.exited:
		if err != nil {
			d.t.Errorf("the client ended with %v", err)
		}
	case <-time.After(patience):
		d.t.Fatal("the client does not end")
	}
}
