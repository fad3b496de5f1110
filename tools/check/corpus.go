package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What is committed of a corpus: at most so many inputs of a target, none of
// them large. Whoever looks for more runs the fuzzer.
const (
	corpusMost  = 8
	corpusBytes = 1000
)

// corpus runs every fuzz target and adds to testdata/fuzz in its folder the
// inputs that reach code no input reached before, so that every run of the
// tests goes there. What is there stays: it may be the input of a fault that
// was mended. Delete a folder to have it made anew.
func corpus(ctx context.Context, r *runner) error {
	targets, err := discover(os.DirFS(r.root))
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "check-corpus-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	c := collecting{fuzzing{guided: true, runner: r, scratch: scratch, built: map[string]string{}}, map[string]string{}}
	var errs []error
	for i, t := range targets {
		start := time.Now()
		added, err := c.collect(ctx, t)
		fmt.Fprintf(r.log, "%d/%d %s %s %d added %.1f s\n", i+1, len(targets), t.folder, t.name, added, time.Since(start).Seconds())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

type collecting struct {
	fuzzing
	measured map[string]string // folder → test binary that measures coverage
}

// collect fuzzes a target and returns how many inputs were worth keeping.
func (c *collecting) collect(ctx context.Context, t target) (added int, err error) {
	if err := c.run(ctx, t); err != nil {
		return 0, err
	}
	folder := filepath.Join(c.root, t.folder, "testdata", "fuzz", t.name)
	kept, _ := os.ReadDir(folder) // none is none
	found, err := candidates(filepath.Join(c.cache(t), t.name))
	if err != nil || len(found) == 0 || len(kept) >= corpusMost {
		return 0, err
	}
	reached, err := c.coverage(ctx, t, "")
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, err
	}
	defer os.Remove(folder) // when it is empty
	gains := make(map[string]map[string]bool)
	for name, text := range found {
		if gains[name], err = c.gain(ctx, t, filepath.Join(folder, name), text); err != nil {
			return 0, err
		}
	}
	for _, name := range choice(reached, gains, corpusMost-len(kept)) {
		if err := os.WriteFile(filepath.Join(folder, name), found[name], 0o644); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// gain returns what an input reaches that stands at path for that time.
func (c *collecting) gain(ctx context.Context, t target, path string, text []byte) (map[string]bool, error) {
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return nil, err
	}
	reached, err := c.coverage(ctx, t, filepath.Base(path))
	return reached, errors.Join(err, os.Remove(path))
}

// candidates reads the inputs that the fuzzer found worth keeping, if small.
func candidates(folder string) (map[string][]byte, error) {
	found := make(map[string][]byte)
	entries, _ := os.ReadDir(folder) // a target may find nothing new
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		if len(text) <= corpusBytes {
			found[e.Name()] = text
		}
	}
	return found, nil
}

// choice picks at most n inputs, each time the one that adds most to what was
// reached, until none adds anything.
func choice(reached map[string]bool, gains map[string]map[string]bool, n int) (chosen []string) {
	for range n {
		best, most := "", 0
		for name, blocks := range gains {
			gain := 0
			for block := range blocks {
				if !reached[block] {
					gain++
				}
			}
			if gain > most || gain == most && gain > 0 && name < best {
				best, most = name, gain
			}
		}
		if most == 0 {
			break
		}
		for block := range gains[best] {
			reached[block] = true
		}
		chosen = append(chosen, best)
	}
	slices.Sort(chosen)
	return chosen
}

// coverage returns the blocks of code that an input reaches, or that all
// committed ones do when name is empty: in the target's folder and in what
// codecs call.
func (c *collecting) coverage(ctx context.Context, t target, name string) (map[string]bool, error) {
	binary, ok := c.measured[t.folder]
	if !ok {
		binary = filepath.Join(c.scratch, fmt.Sprintf("%d.cover", len(c.measured)))
		err := c.quiet(ctx, "go", "test", "-c", "-cover", "-coverpkg=./"+t.folder+",./msgdef/wire/...", "-o", binary, "./"+t.folder)
		if err != nil {
			return nil, err
		}
		c.measured[t.folder] = binary
	}
	pattern, profile := "^"+t.name+"$", filepath.Join(c.scratch, "profile")
	if name != "" {
		pattern += "/^" + name + "$"
	}
	own := *c.runner
	own.root = filepath.Join(c.root, t.folder)
	if err := own.quiet(ctx, binary, "-test.run="+pattern, "-test.coverprofile="+profile); err != nil {
		return nil, err
	}
	return blocks(profile)
}

// blocks reads the blocks that a profile counts: "file:1.2,3.4 statements times".
func blocks(profile string) (map[string]bool, error) {
	file, err := os.Open(profile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reached := make(map[string]bool)
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		block, times, ok := strings.Cut(lines.Text(), " ")
		if ok && !strings.HasSuffix(times, " 0") && block != "mode:" {
			reached[block] = true
		}
	}
	return reached, lines.Err()
}
