package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// TestInterruptible stops in order at the first signal, at once at the second.
func TestInterruptible(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreAnyFunction("os/signal.loop"))
	exited := make(chan int, 1)
	ctx, stop := Interruptible(t.Context(), func(code int) { exited <- code })
	defer stop()
	interrupt := func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), ErrInterrupted) {
		t.Errorf("cause %v", context.Cause(ctx))
	}
	interrupt()
	if code := <-exited; code != ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// TestExitCode pins the convention.
func TestExitCode(t *testing.T) {
	tests := map[int]error{
		ExitOK:              nil,
		ExitFailed:          errors.New("x"),
		ExitUsage:           fmt.Errorf("wrapped: %w", &UsageError{Mistakes: []string{"x"}}),
		ExitUnreachable:     fmt.Errorf("wrapped: %w", Exit(ExitUnreachable, errors.New("x"))),
		ExitInterrupted:     fmt.Errorf("wrapped: %w", ErrInterrupted),
		ExitNotAcknowledged: Exit(ExitNotAcknowledged, context.Canceled),
	}
	for want, err := range tests {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
	if Exit(ExitRefused, nil) != nil {
		t.Error("no error got an exit code")
	}
}

// TestLogger writes the format and the level asked for.
func TestLogger(t *testing.T) {
	var out strings.Builder
	logger := LogFlags{LogFormat: "json"}.Logger(&out, new(slog.LevelVar))
	logger.Debug("hidden")
	logger.Info("shown", "n", 1)
	if !strings.HasPrefix(out.String(), "{") || !strings.Contains(out.String(), `"n":1`) || strings.Contains(out.String(), "hidden") {
		t.Errorf("logged %q", out.String())
	}
}
