package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/sim-im/sim/tools/keys"
)

// Cluster is the processes of a cluster.
type Cluster struct {
	options Options
	folder  keys.Folder
	layers  [][]*Process // in the order of their start
	exits   chan Exit

	mu     sync.Mutex // orders starts with Close
	closed bool
}

// Exit is the end of a process that nobody asked for.
type Exit struct {
	*Process
	Err error // how it ended; nil for exit code 0
}

// exitsKept bounds the exits that nobody has received yet.
const exitsKept = 64

// Start starts everything, and returns when clients can connect. ctx bounds
// the start only. After an error nothing runs.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: o, folder: keys.Folder{Dir: o.Data}, exits: make(chan Exit, exitsKept)}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	for _, layer := range c.layers {
		if err := c.startLayer(ctx, layer); err != nil {
			return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
		}
	}
	return c, nil
}

// prepare makes keys and plans the processes.
func (c *Cluster) prepare() error {
	if err := c.folder.Make(); err != nil {
		return fmt.Errorf("cluster: data folder: %w", err)
	}
	if _, _, err := c.folder.Root(); err != nil {
		return err
	}
	if _, err := c.folder.TicketKeys(); err != nil {
		return err
	}
	plan, err := layers(c.options, c.folder)
	if err != nil {
		return err
	}
	for _, roles := range plan {
		var layer []*Process
		for _, r := range roles {
			layer = append(layer, &Process{role: r, log: filepath.Join(c.options.Data, "log", r.name+".log")})
		}
		c.layers = append(c.layers, layer)
	}
	return nil
}

// startLayer starts the processes of a layer, and waits until they are ready.
func (c *Cluster) startLayer(ctx context.Context, layer []*Process) error {
	for _, p := range layer {
		fmt.Fprintf(c.options.Progress, "starting %s\n", p.name)
		if err := c.begin(p); err != nil {
			return err
		}
	}
	for _, p := range layer {
		if err := p.awaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// errClosed says that a cluster starts nothing any more.
var errClosed = errors.New("cluster: closed")

func (c *Cluster) begin(p *Process) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errClosed
	}
	return p.start(c.exited)
}

// exited keeps what Exits hands out; beyond the bound it is in the log only.
func (c *Cluster) exited(p *Process, err error) {
	select {
	case c.exits <- Exit{p, err}:
	default:
	}
}

// Restart starts a process that has ended, with the command line it had, and
// waits until it is ready.
func (c *Cluster) Restart(ctx context.Context, p *Process) error {
	if err := c.begin(p); err != nil {
		return err
	}
	return p.awaitReady(ctx)
}

// Exits hands out the processes that ended by themselves. They are not started
// again.
func (c *Cluster) Exits() <-chan Exit { return c.exits }

// Processes returns all processes in the order of their start.
func (c *Cluster) Processes() []*Process { return slices.Concat(c.layers...) }

// Process returns the process of a name; nil when there is none.
func (c *Cluster) Process(name string) *Process {
	for _, p := range c.Processes() {
		if p.name == name {
			return p
		}
	}
	return nil
}

// Addrs returns where clients connect, one address for each gate.
func (c *Cluster) Addrs() []string {
	gates := c.layers[len(c.layers)-1]
	addrs := make([]string, len(gates))
	for i, g := range gates {
		addrs[i] = g.addr
	}
	return addrs
}

// GatesHTTP returns where the gates show their metrics.
func (c *Cluster) GatesHTTP() []string {
	gates := c.layers[len(c.layers)-1]
	addrs := make([]string, len(gates))
	for i, g := range gates {
		addrs[i] = g.http
	}
	return addrs
}

// Routes returns where business services claim types: all of these.
func (c *Cluster) Routes() []string {
	var addrs []string
	for _, p := range c.Processes() {
		if strings.HasPrefix(p.name, routePrefix) {
			addrs = append(addrs, p.addr)
		}
	}
	return addrs
}

// RootsFile returns the path of the file that clients pin the gates with.
func (c *Cluster) RootsFile() string { return c.folder.RootsFile() }

// Close stops the processes in order, gates first, those that others need
// last. Who has not stopped by the end of ctx is killed, and named in the
// error.
func (c *Cluster) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	var errs []error
	for _, layer := range slices.Backward(c.layers) {
		errs = append(errs, c.stopLayer(ctx, layer))
	}
	return errors.Join(errs...)
}

func (c *Cluster) stopLayer(ctx context.Context, layer []*Process) error {
	errs := make([]error, len(layer))
	var group sync.WaitGroup
	for i, p := range layer {
		if p.PID() != 0 {
			fmt.Fprintf(c.options.Progress, "stopping %s\n", p.name)
		}
		group.Go(func() { errs[i] = p.stop(ctx) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// split takes an address of this package apart.
func split(addr string) (host, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil { // the listener that chose it wrote it
		return addr, ""
	}
	return host, port
}
