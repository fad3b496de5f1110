package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// bazel builds and tests the module a second time, with Bazel, after it has
// held the BUILD.bazel files against the sources. Tests that take long have just been
// run: packages tagged slow are only built here, and others test what is short; one that
// fails has a second try, as in the step test, and is called flaky. One
// command does both: options of tests would have another analyze everything again.
func bazel(ctx context.Context, r *runner) error {
	if !haveBazel(ctx, r) {
		if os.Getenv("CI") != "" {
			return errors.New("no bazel found and none could be installed")
		}
		return skipped{"no bazel found: see README.md for how to get it"}
	}
	if err := buildFiles(ctx, r, "diff"); err != nil {
		return errors.New("BUILD.bazel files are not what gazelle makes of the sources: go run ./tools/check -fix")
	}
	defer r.quiet(context.WithoutCancel(ctx), "bazel", "shutdown") //nolint:errcheck // a server that stays costs memory only
	return r.run(ctx, slices.Concat([]string{"bazel", "test"}, compiles(), local(),
		[]string{"--test_arg=-test.short", "--test_tag_filters=-slow", "--flaky_test_attempts=2", "//..."})...)
}

// compiles returns the flag that leaves out what only debuggers read: compiling takes
// a fifth less.
func compiles() []string {
	return []string{"--@io_bazel_rules_go//go/config:gc_goopts=-dwarf=false"}
}

// local returns flags that build outside of sandboxes, whose files take as long to be
// made as a package to be compiled. The compiler is told of every file it reads, so
// one can hold nothing against the sources; tests are run in sandboxes.
func local() (flags []string) {
	for _, a := range []string{"GoCompilePkg", "GoCompilePkgExternal", "GoLink", "GoStdlib", "GoTestGenTest", "GoToolchainBinaryBuild"} {
		flags = append(flags, "--strategy="+a+"=local")
	}
	return flags
}

// idleBuild does the longest part of it with what the processors have left. The
// system weighs processes only against others of their session, which a server of
// Bazel's leaves, and what it runs outside of sandboxes: this build has neither.
func idleBuild(ctx context.Context, r *runner) error {
	idle := []string{"nice", "-n", "19"}
	if found("chrt") {
		idle = []string{"chrt", "--idle", "0"} // which any other process interrupts at once
	}
	return r.run(ctx, slices.Concat(idle, []string{"bazel", "--batch", "build"}, compiles(), []string{"//..."})...)
}

// haveBazel installs Debian's bazel where that can be done and there is none.
func haveBazel(ctx context.Context, r *runner) bool {
	if !found("bazel") {
		fmt.Fprintln(r.log, "no bazel: trying to install it")
		install(ctx, r, "bazel-bootstrap", "bazel-skylib", "bazel-platforms", "bazel-rules-java")
	}
	return found("bazel")
}

// buildFiles runs gazelle in one of its modes: diff fails when a file would
// change, fix writes it.
func buildFiles(ctx context.Context, r *runner, mode string) error {
	gazelle, err := gazelleVersion(r.root)
	if err != nil {
		return err
	}
	return r.quiet(ctx, "go", "run", gazelle, "update", "-mode", mode, "-proto", "disable_global", ".")
}

// gazelleVersion reads which gazelle Bazel itself uses, so that there is one
// place that says it.
func gazelleVersion(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "tools", "bazel", "repos.bzl"))
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`(?m)^GAZELLE = "(.+)"$`).FindSubmatch(text)
	if found == nil {
		return "", errors.New("tools/bazel/repos.bzl does not say which gazelle")
	}
	return string(found[1]), nil
}

// fix writes what a machine can: generated files, the format, the BUILD.bazel
// files and who may depend on what they build.
func fix(ctx context.Context, r *runner) error {
	return errors.Join(
		r.run(ctx, append([]string{"go", "generate"}, definitions()...)...),
		r.run(ctx, "gofmt", "-w", "."),
		buildFiles(ctx, r, "fix"),
		r.run(ctx, "go", "test", "./tools/importlaw", "-run", "TestVisibility", "-update"),
	)
}
