package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// generatedShare is how many times fewer inputs a generated target gets. There
// are many, of one make, and they begin with a committed corpus.
const generatedShare = 5

// fuzz builds one binary per package and runs each of its targets, from the
// committed corpus. So few inputs gain nothing by measuring what code they reach,
// and the build of everything below a package a second time, instrumented, would
// take twice as long as they do. What is measured, and for how long you like, is
// --corpus.
func fuzz(ctx context.Context, r *runner) error {
	targets, err := discover(os.DirFS(r.root))
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return skipped{"no fuzz targets"}
	}
	scratch, err := os.MkdirTemp("", "check-fuzz-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	f := fuzzing{runner: r, scratch: scratch, built: map[string]string{}}
	var errs []error
	for i, t := range targets {
		start := time.Now()
		err := f.run(ctx, t)
		fmt.Fprintf(r.log, "%d/%d %s %s %.1f s\n", i+1, len(targets), t.folder, t.name, time.Since(start).Seconds())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

type fuzzing struct {
	*runner
	guided  bool // by what code an input reaches
	scratch string
	built   map[string]string // folder → test binary
}

// run fuzzes one target. An input that fails is kept in the package's testdata
// by the testing package, where it is a test from then on. The effort is a
// number of inputs and not a time, because a target that is stopped by the
// clock in the middle of an input sometimes counts as failed.
func (f *fuzzing) run(ctx context.Context, t target) error {
	binary, err := f.binary(ctx, t)
	if err != nil {
		return err
	}
	own := *f.runner
	own.root = filepath.Join(f.root, t.folder)
	inputs := f.inputs
	if t.generated {
		inputs = max(1, inputs/generatedShare)
	}
	err = own.quiet(ctx, binary,
		"-test.run=^$", "-test.fuzz=^"+t.name+"$", fmt.Sprintf("-test.fuzztime=%dx", inputs),
		"-test.fuzzcachedir="+f.cache(t), "-test.timeout=10m")
	if err != nil {
		return fmt.Errorf("%s %s failed", t.folder, t.name)
	}
	return nil
}

// cache is where the fuzzer keeps what it finds. Targets of other folders may
// have the same name.
func (f *fuzzing) cache(t target) string { return filepath.Join(f.scratch, "corpus", t.folder) }

func (f *fuzzing) binary(ctx context.Context, t target) (string, error) {
	if name, ok := f.built[t.folder]; ok {
		return name, nil
	}
	name := filepath.Join(f.scratch, fmt.Sprintf("%d.test", len(f.built)))
	args := []string{"go", "test", "-c", "-vet=off", "-o", name}
	if f.guided {
		args = append(args, "-fuzz=.") // which makes the build instrument the code
	}
	if err := f.quiet(ctx, append(args, "./"+t.folder)...); err != nil {
		return "", fmt.Errorf("%s: the fuzz targets do not build", t.folder)
	}
	f.built[t.folder] = name
	return name, nil
}
