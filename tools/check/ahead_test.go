package main

import (
	"context"
	"io"
	"testing"
)

// TestAhead begins the work with the one step, and ends it before the other.
func TestAhead(t *testing.T) {
	began, ended := make(chan struct{}), false
	b := &background{work: func(ctx context.Context, _ *runner) error {
		close(began)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}}
	r := &runner{log: io.Discard}
	first := b.beside(func(context.Context, *runner) error { <-began; return nil })
	second := b.before(func(context.Context, *runner) error {
		if !ended {
			t.Error("the work goes on beside the step that does it again")
		}
		return nil
	})
	if err := first(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := second(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	b.end()
}

// TestNothingAhead of steps that were not chosen.
func TestNothingAhead(t *testing.T) {
	b := &background{work: func(context.Context, *runner) error { t.Error("began"); return nil }}
	if err := b.before(func(context.Context, *runner) error { return nil })(t.Context(), &runner{log: io.Discard}); err != nil {
		t.Fatal(err)
	}
	for _, only := range []string{"test", "bazel", "vet"} {
		chosen, err := choose(steps(), only)
		if err != nil {
			t.Fatal(err)
		}
		_, end := ahead(chosen)
		end()
	}
}
