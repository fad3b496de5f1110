package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// runner is what steps run commands with.
type runner struct {
	root   string // of the module
	inputs int    // of each fuzz target
	log    io.Writer
}

// moduleRoot returns the folder of the go.mod above the working folder.
func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "tools", "check", "main.go")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("not inside the module: no tools/check above the working folder")
		}
		folder = parent
	}
}

// run runs a command in the module's root; its output goes to the log.
func (r *runner) run(ctx context.Context, args ...string) error {
	return r.command(ctx, r.log, r.log, args...)
}

// quiet runs a command whose output matters only when it fails.
func (r *runner) quiet(ctx context.Context, args ...string) error {
	var output bytes.Buffer
	err := r.command(ctx, &output, &output, args...)
	if err != nil {
		r.log.Write(output.Bytes())
	}
	return err
}

// output returns what a command printed on stdout.
func (r *runner) output(ctx context.Context, args ...string) (string, error) {
	var stdout bytes.Buffer
	err := r.command(ctx, &stdout, r.log, args...)
	return strings.TrimSpace(stdout.String()), err
}

func (r *runner) command(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = r.root
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// environment leaves version control out of builds: a checkout of another
// owner makes git, and with it the build, refuse. A program with the race detector
// waits at its end for what others of its goroutines still do: a tenth of a second
// instead of a whole one, as there are hundreds of them.
func environment() []string {
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -buildvcs=false")
	race := strings.TrimSpace("atexit_sleep_ms=100 " + os.Getenv("GORACE"))
	return append(os.Environ(), "GOFLAGS="+flags, "GORACE="+race)
}
