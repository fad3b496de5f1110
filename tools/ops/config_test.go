package ops

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// settingsCLI has what a file can set.
type settingsCLI struct {
	ConfigFlags
	PrintFlags
	Gate struct {
		Listen HostPort      `default:"127.0.0.1:1" env:"SAMPLE_LISTEN" help:"Where."`
		Wait   time.Duration `default:"1s" help:"How long."`
		Deep   bool          `help:"Whether."`
		Names  []string      `help:"Whose."`
		Key    Secret        `required:"" help:"With what."`
		Kind   string        `enum:"a,b" default:"a" help:"Which."`
	} `cmd:"" help:"Serves."`
	Route struct {
		Wait int `default:"3" help:"How often."`
	} `cmd:"" help:"Routes."`
	Bench struct {
		Pairs struct {
			Wait time.Duration `default:"1s" help:"How long."`
		} `cmd:"" help:"Pairs."`
	} `cmd:"" help:"Measures."`
}

// parseSettings parses a line where sim.yaml has the text.
func parseSettings(t *testing.T, text, args string) (*settingsCLI, *Command, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := os.WriteFile("sim.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var cli settingsCLI
	k, err := kong.New(&cli, kong.Name("sample"), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(k, strings.Fields(args))
	return &cli, c, err
}

// TestConfig completes a line: flags, variables, the file's section, its top,
// defaults, in this order.
func TestConfig(t *testing.T) {
	const file = `# of the cluster
gate:
  key: |
    s3cret
  names: ["a,b", c]
  wait: 5s
wait: 7s
listen: x:1
deep: yes
route:
bench: {pairs: {wait: 9s}}
`
	cli, c, err := parseSettings(t, file, "gate --listen z:3")
	if err != nil {
		t.Fatal(err)
	}
	g := cli.Gate
	if g.Listen != "z:3" || g.Wait != 5*time.Second || !g.Deep || g.Kind != "a" || strings.TrimSpace(g.Key.Reveal()) != "s3cret" {
		t.Errorf("got %+v", g)
	}
	if diff := cmp.Diff([]string{"a,b", "c"}, g.Names); diff != "" {
		t.Error(diff)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `gate:
  listen: "z:3" # --listen
  wait: 5s # sim.yaml:6:3
  deep: true # sim.yaml:9:1
  names: ["a,b", c] # sim.yaml:5:3
  # key: (hidden) # sim.yaml:3:3
  kind: a # default
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Error("the secret is shown")
	}

	t.Setenv("SAMPLE_LISTEN", "y:2")
	cli, _, err = parseSettings(t, file, "gate")
	if err != nil || cli.Gate.Listen != "y:2" {
		t.Errorf("a variable does not beat the file: %v, %v", cli.Gate.Listen, err)
	}
	if cli, _, err = parseSettings(t, file, "bench pairs"); err != nil || cli.Bench.Pairs.Wait != 9*time.Second {
		t.Errorf("nested: %v, %v", cli.Bench.Pairs.Wait, err)
	}
}

// TestConfigMistakes lists everything wrong in a file, wherever it is.
func TestConfigMistakes(t *testing.T) {
	_, _, err := parseSettings(t, `gate:
  listen: nowhere
  wait: [1s]
  kind: c
  nope: 1
  wait: 2s
  deep: {x: 1}
  key:
route: 5
nope: 1
config: x
wait: soon
<<: {}
`, "route --nope")
	var usage *UsageError
	if !errors.As(err, &usage) {
		t.Fatal(err)
	}
	want := []string{
		"unknown flag --nope",
		`sim.yaml:2:11: listen: "nowhere" is not HOST:PORT`,
		"sim.yaml:3:9: wait: wants one value, not a list",
		`sim.yaml:4:9: kind: "c" is not one of a, b`,
		"sim.yaml:5:3: unknown key gate.nope",
		"sim.yaml:6:3: wait is there twice",
		"sim.yaml:7:9: deep: wants a value, not a section",
		"sim.yaml:8:7: key: wants a value, not nothing",
		"sim.yaml:9:8: route is a command",
		"sim.yaml:10:1: unknown key nope",
		"sim.yaml:11:1: unknown key config",
		"sim.yaml:12:7: wait: ",
		"sim.yaml:13:1: merging is not understood",
	}
	if len(usage.Mistakes) != len(want) {
		t.Fatalf("got %q", usage.Mistakes)
	}
	for i := range want {
		if !strings.HasPrefix(usage.Mistakes[i], want[i]) {
			t.Errorf("mistake %d is %q, want %q", i, usage.Mistakes[i], want[i])
		}
	}
}

// limited is a command with a Validate of its own.
type limited struct {
	Low  int  `default:"1" env:"SAMPLE_LOW" help:"From."`
	High int  `default:"2" help:"To."`
	Name bool `help:"Whether."`
}

// Validate implements kong's hook.
func (l *limited) Validate() error {
	var errs []error
	if l.Low >= l.High {
		errs = append(errs, fmt.Errorf("--low: %d is not below %d", l.Low, l.High))
	}
	if l.Name {
		errs = append(errs, errors.New("--name: is not wanted"))
	}
	return errors.Join(errs...)
}

// TestValidateToo lists what a command itself finds beside other mistakes, by
// where the value comes from.
func TestValidateToo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim.yaml")
	if err := os.WriteFile(file, []byte("low: 7\nhigh: 5"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(line string) []string {
		var cli struct {
			ConfigFlags
			Serve limited `cmd:"" help:"Serves."`
		}
		k, err := kong.New(&cli, kong.Name("sample"), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(k, strings.Fields("--config "+file+" "+line))
		var usage *UsageError
		errors.As(err, &usage)
		return usage.Mistakes
	}
	at := file + ":1:1: low: 7 is not below 5"
	for line, want := range map[string][]string{
		"serve":                   {at},
		"serve --nope":            {"unknown flag --nope", at},
		"serve --nope --low 9":    {"unknown flag --nope", "--low: 9 is not below 5"},
		"serve --low x --name":    {`--low: expected a valid 64 bit int but got "x"`, "--name: is not wanted"},
		"serve --nope --high 100": {"unknown flag --nope"},
	} {
		if diff := cmp.Diff(want, run(line)); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
	t.Setenv("SAMPLE_LOW", "8")
	if diff := cmp.Diff([]string{"unknown flag --nope", "SAMPLE_LOW: low: 8 is not below 5"}, run("serve --nope")); diff != "" {
		t.Error(diff)
	}
}

// TestConfigPlaces looks for the file where it is said to be.
func TestConfigPlaces(t *testing.T) {
	place := filepath.Join(t.TempDir(), "else.yaml")
	if err := os.WriteFile(place, []byte("wait: 11"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli, _, err := parseSettings(t, "wait: 10", "route")
	if err != nil || cli.Route.Wait != 10 {
		t.Errorf("./sim.yaml: %v, %v", cli.Route.Wait, err)
	}
	if cli, _, err = parseSettings(t, "wait: 10", "--config "+place+" route"); err != nil || cli.Route.Wait != 11 {
		t.Errorf("--config: %v, %v", cli.Route.Wait, err)
	}
	t.Setenv("SIM_CONFIG", place)
	if cli, _, err = parseSettings(t, "wait: 10", "route"); err != nil || cli.Route.Wait != 11 {
		t.Errorf("SIM_CONFIG: %v, %v", cli.Route.Wait, err)
	}
	t.Setenv("SIM_CONFIG", place+".missing")
	if _, _, err = parseSettings(t, "", "route"); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "SIM_CONFIG: open") {
		t.Errorf("a missing file: %v", err)
	}
	t.Setenv("SIM_CONFIG", "")
	os.Unsetenv("SIM_CONFIG")
	if _, _, err = parseSettings(t, "a: [", "route"); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "sim.yaml:1:") {
		t.Errorf("no YAML: %v", err)
	}
	if cli, _, err = parseSettings(t, "# nothing\n", "route"); err != nil || cli.Route.Wait != 3 {
		t.Errorf("an empty file: %v, %v", cli.Route.Wait, err)
	}
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "sim"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", folder)
	if places := usualPlaces(); places[1] != filepath.Join(folder, "sim", "sim.yaml") || places[2] != "/etc/sim/sim.yaml" {
		t.Errorf("places %q", places)
	}
}

// FuzzConfig reads anything without a panic.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{"gate: {listen: x:1}", "- a", "a: &b c", "? x", "gate:\n  wait: [", "--- 1\n---\n", "&a a: *a"} {
		f.Add([]byte(text))
	}
	file := filepath.Join(f.TempDir(), "sim.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := kong.New(&settingsCLI{}, kong.Name("sample"), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(k, []string{"--config", file, "route"})
		var usage *UsageError
		if err != nil && !errors.As(err, &usage) {
			t.Errorf("%v", err)
		}
	})
}

// TestFromFile takes a secret from where it is.
func TestFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("deep\r\nmore"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		value Secret
		file  string
		want  Secret
		fails bool
	}{{"a", "", "a", false}, {"", file, "deep", false}, {"a", file, "a", true}, {"", file + "x", "", true}, {"", os.DevNull, "", true}, {"", "", "", false}} {
		got, err := FromFile("key", tt.value, tt.file)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%q %q: %q, %v", tt.value.Reveal(), tt.file, got.Reveal(), err)
		}
	}
}
