package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/sim-im/sim/tools/ops"
)

// thriftFlags are of roles whose memory is mostly that of sessions at rest.
type thriftFlags struct {
	GCShare float64 `default:"2" env:"SIM_GC_SHARE" name:"gc-share" placeholder:"PERCENT" help:"Up to how much of its processor time the process spends on collecting garbage earlier than GOGC says, to need less memory. 0 leaves it to GOGC."`
}

// mostGCShare is more than saves anything.
const mostGCShare = 50

func (f *thriftFlags) check() error {
	if f.GCShare < 0 || f.GCShare > mostGCShare {
		return fmt.Errorf("--gc-share: is %v; want 0 to %d percent", f.GCShare, mostGCShare)
	}
	return nil
}

// thrift saves memory until stop is called.
func (f *thriftFlags) thrift(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { ops.Thrift{Share: f.GCShare / 100}.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}
