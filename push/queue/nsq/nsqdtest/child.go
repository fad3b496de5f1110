package nsqdtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/sim-im/sim/push/queue/nsq"
)

// What the parent tells the child.
const (
	envDir    = "SIM_NSQDTEST_DIR"
	envListen = "SIM_NSQDTEST_LISTEN"
)

// RunIfAsked returns at once, except in a process that Start has started: that
// one is an nsqd until its parent is gone, and never returns.
func RunIfAsked() {
	dir := os.Getenv(envDir)
	if dir == "" {
		return
	}
	if err := run(dir, os.Getenv(envListen)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run prints the address as the only line and serves until stdin ends.
func run(dir, listen string) error {
	level := slog.HandlerOptions{Level: slog.LevelWarn}
	log := slog.New(slog.NewTextHandler(os.Stderr, &level))
	d, err := nsq.Embed(nsq.DaemonOptions{Dir: dir, Listen: listen, Logger: log})
	if err != nil {
		return err
	}
	fmt.Println(d.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // any end of it means the same
		cancel()
	}()
	return d.Run(ctx)
}
