package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// steps returns everything that has to pass, what is quick and most telling
// first.
func steps() []step {
	return []step{
		{"modules", "fetch the modules that go.mod names", modules},
		{"tidy", "go.mod and go.sum are what the imports need", tidy},
		{"generate", "generated files are what the generator writes", generate},
		{"format", "gofmt", gofmt},
		{"vet", "go vet", vet},
		{"law", "import law and style budgets", law},
		{"lint", "golangci-lint, as a module of its own", lint},
		{"test", "every test, with the race detector where it does not take minutes", test},
		{"peers", "the codecs of others that ours is measured beside, as a module of its own", peers},
		{"fuzz", "every fuzz target for a short while", fuzz},
		{"bench", "every load for two seconds: nothing lost, doubled or out of order", load},
		{"bazel", "BUILD.bazel files, and the whole again with Bazel", bazel},
	}
}

func modules(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "mod", "download")
}

func tidy(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "mod", "tidy", "-diff")
}

func generate(ctx context.Context, r *runner) error {
	var errs []error
	for _, folder := range definitions() {
		errs = append(errs, r.run(ctx, "go", "run", "./codegen", "-check", folder))
	}
	return errors.Join(errs...)
}

// definitions returns the folders of message definitions.
func definitions() []string {
	return []string{"./msgdef", "./msgdef/rpc", "./msgdef/vectors/kinds", "./codegen/benchmark"}
}

func vet(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "vet", "./...")
}

func law(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "test", "./tools/importlaw", "./tools/check/style")
}

func lint(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "tool", "-modfile=tools/lint/go.mod", "golangci-lint", "run")
}

func test(ctx context.Context, r *runner) error {
	python(ctx, r)
	redis(ctx, r)
	postgres(ctx, r)
	languages(ctx, r)
	packages, err := r.output(ctx, "go", "list", "./...")
	if err != nil {
		return err
	}
	parts := strings.Fields(packages)
	parts = slices.DeleteFunc(parts, func(p string) bool { return strings.HasSuffix(p, program) })
	plain := []string{"-timeout=20m", "-vet=off"} // the step before it does more
	if !compiler(ctx, r) {
		return worst(tests(ctx, r, plain, parts...), tests(ctx, r, plain, "."+program))
	}
	return worst(tests(ctx, r, append(plain, "-race"), parts...), together(r,
		func(r *runner) error { return tests(ctx, r, plain, "."+program) }, // waits half of its time
		func(r *runner) error { return tests(ctx, r, append(plain, "-run=TestLong"), "./imservice") }))
}

// program is tested as it is built for its users. Its tests start clusters of it,
// which the race detector makes several times slower; what it consists of, clusters
// in one process included, is tested with the detector. So is the message service, but
// for its tests named TestLong.
const program = "/tools/sim"

// compiler reports whether the race detector can be built, which needs a C
// compiler on most systems. Where root may install one, it does.
func compiler(ctx context.Context, r *runner) bool {
	cc, err := r.output(ctx, "go", "env", "CC")
	if err != nil || cc == "" {
		return false
	}
	name := strings.Fields(cc)[0]
	if found(name) {
		return true
	}
	fmt.Fprintln(r.log, "no C compiler, which the race detector needs: trying to install gcc")
	install(ctx, r, "gcc", "libc6-dev")
	if found(name) {
		return true
	}
	fmt.Fprintf(r.log, "WARNING: tests run WITHOUT the race detector: no C compiler (%s) found\n", name)
	return false
}

// python sees to what the independent client needs. Its tests say what is
// missing when this did not help.
func python(ctx context.Context, r *runner) {
	if _, err := r.output(ctx, "/usr/bin/python3", "-c", "import cryptography"); err != nil {
		fmt.Fprintln(r.log, "no Python with its package cryptography: trying to install them")
		install(ctx, r, "python3", "python3-cryptography")
	}
}

// redis sees to the server that tests of the registry start.
func redis(ctx context.Context, r *runner) {
	if !found("redis-server") {
		fmt.Fprintln(r.log, "no redis-server: trying to install it")
		install(ctx, r, "redis-server")
	}
}

// postgres sees to the database that tests of the store start. Debian keeps its
// programs out of the path.
func postgres(ctx context.Context, r *runner) {
	if there, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(there) == 0 && !found("initdb") {
		fmt.Fprintln(r.log, "no postgres: trying to install it")
		install(ctx, r, "postgresql")
	}
}

// languages sees to what compiles and runs the generated code of other
// languages.
func languages(ctx context.Context, r *runner) {
	for _, l := range []struct{ command, pkg string }{
		{"javac", "default-jdk-headless"}, {"node", "nodejs"}, {"npm", "npm"},
	} {
		if !found(l.command) {
			fmt.Fprintf(r.log, "no %s: trying to install it\n", l.command)
			install(ctx, r, l.pkg)
		}
	}
}

// install adds packages of Debian, where that can be done.
func install(ctx context.Context, r *runner, packages ...string) {
	if !found("apt-get") {
		return
	}
	_ = r.quiet(ctx, "apt-get", "update")
	_ = r.quiet(ctx, append([]string{"apt-get", "install", "-y", "--no-install-recommends"}, packages...)...)
}

func found(command string) bool {
	_, err := exec.LookPath(command)
	return err == nil
}

// load runs every mode of the load generator against servers of its own. The
// generator itself fails on a message lost, doubled or out of order; how fast
// it was is nobody's business here.
func load(ctx context.Context, r *runner) error {
	var errs []error
	for _, flags := range loads() {
		errs = append(errs, r.run(ctx, append([]string{"go", "run", "./tools/sim", "bench"}, flags...)...))
	}
	return errors.Join(errs...)
}

// loads returns the flags of the loads, each of some seconds.
func loads() [][]string {
	spawned := func(flags ...string) []string { return append(flags, "--spawn", "--duration", "2s") }
	return [][]string{
		spawned("pairs"),
		spawned("pairs", "--quic"),
		spawned("pairs", "--procs", "2", "--inflight", "16"),
		spawned("mixed"),
		spawned("login"),
		spawned("sync", "--clients", "20"),
		spawned("idle", "--conns", "500", "--procs", "2"),
		spawned("group", "--members", "500"),
		spawned("fanout", "--conns", "500", "--rate", "4", "--procs", "2"),
		{"limit", "--inflight", "4", "--rounds", "1", "--duration", "2s"},
	}
}

// peers proves that the comparison with other codecs builds, and that each of
// them reads what it wrote.
func peers(ctx context.Context, r *runner) error {
	return r.run(ctx, "go", "test", "-C", "codegen/benchmark/peers", "./...")
}
