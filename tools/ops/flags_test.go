package ops

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// sampleCLI has one of everything that Parse looks at.
type sampleCLI struct {
	LogFlags
	Serve struct {
		Listen HostPort      `default:"127.0.0.1:1" env:"SAMPLE_LISTEN" help:"Where."`
		Wait   time.Duration `default:"1s" help:"How long."`
		JSON   bool          `help:"As JSON."`
		Name   string        `required:"" short:"n" help:"Whose."`
		Kind   []string      `default:"a,b" enum:"a,b,c" help:"Of which kinds."`
	} `cmd:"" help:"Serves."`
	Show struct {
		What string `arg:"" help:"Which one."`
		How  string `arg:"" optional:"" default:"long" enum:"long,short" help:"How."`
	} `cmd:"" help:"Shows."`
}

func parseSample(t *testing.T, args string) (*sampleCLI, error) {
	t.Helper()
	var cli sampleCLI
	k, err := kong.New(&cli, kong.Name("sample"), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse(k, strings.Fields(args))
	return &cli, err
}

// TestParse takes what is right, variables below flags.
func TestParse(t *testing.T) {
	t.Setenv("SAMPLE_LISTEN", "[::1]:2")
	cli, err := parseSample(t, "serve -n me --json --wait=2s --log-level debug")
	if err != nil {
		t.Fatal(err)
	}
	if s := cli.Serve; s.Listen != "[::1]:2" || s.Wait != 2*time.Second || !s.JSON || s.Name != "me" {
		t.Errorf("parsed %+v", s)
	}
	if cli, _ = parseSample(t, "serve --name=me --listen :3"); cli.Serve.Listen != ":3" {
		t.Errorf("a variable beats a flag: %v", cli.Serve.Listen)
	}
	for _, args := range []string{"--kind b,c", "--kind b --kind c"} {
		if cli, err = parseSample(t, "serve -n me "+args); err != nil || !slices.Equal(cli.Serve.Kind, []string{"b", "c"}) {
			t.Errorf("%s: %q, %v", args, cli.Serve.Kind, err)
		}
	}
	if cli, err = parseSample(t, "show -- -n"); err != nil || cli.Show.What != "-n" {
		t.Errorf("show %q, %v", cli.Show.What, err)
	}
}

// TestMistakes lists everything that is wrong, in one run.
func TestMistakes(t *testing.T) {
	tests := []struct {
		args string
		env  string
		want []string // a part of each mistake
	}{
		{"serve --listen nowhere --wait soon --nope 5 --log-format xml", "", []string{
			`--listen: "nowhere" is not HOST:PORT`, "--wait:", "unknown flag --nope",
			`--log-format: "xml" is not one of text, json`, "--name is required",
		}},
		{"serve -n me --kind a,d --kind e", "", []string{`--kind: "d" is not one of a, b, c`, `--kind: "e" is not`}},
		{"serve --name", "", []string{"--name needs a value"}},
		{"serve -n me", "x:99999", []string{`SAMPLE_LISTEN: "x:99999" has no port`}},
		{"serve -n me --json=maybe", "", []string{"--json"}},
		{"serve -n me more", "", []string{`unexpected argument "more"`}},
		{"show", "", []string{"<what> is required"}},
		{"show a wide b", "", []string{`<how>: "wide" is not one of`, `unexpected argument "b"`}},
		{"srve", "", []string{`unknown command "srve": there are serve, show`}},
		{"", "", []string{"name a command: serve, show"}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			if tt.env != "" {
				t.Setenv("SAMPLE_LISTEN", tt.env)
			}
			_, err := parseSample(t, tt.args)
			var usage *UsageError
			if !errors.As(err, &usage) {
				t.Fatalf("got %v", err)
			}
			if len(usage.Mistakes) != len(tt.want) {
				t.Fatalf("found %q, want %d", usage.Mistakes, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(usage.Mistakes[i], want) {
					t.Errorf("mistake %d is %q, want %q", i, usage.Mistakes[i], want)
				}
			}
			if ExitCode(err) != ExitUsage {
				t.Errorf("exit code %d", ExitCode(err))
			}
		})
	}
}

// TestUsageError is what a person reads.
func TestUsageError(t *testing.T) {
	err := &UsageError{Command: "sim dev", Mistakes: []string{"one", "two"}}
	want := "2 mistakes:\n  one\n  two\nsim dev --help shows what is right"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestForgetEmpty leaves out what is set to nothing, of the prefix only.
func TestForgetEmpty(t *testing.T) {
	t.Setenv("SAMPLE_LISTEN", "")
	t.Setenv("OTHER_LISTEN", "")
	ForgetEmpty("SAMPLE_")
	if _, ok := os.LookupEnv("SAMPLE_LISTEN"); ok {
		t.Error("an empty variable is still there")
	}
	if _, ok := os.LookupEnv("OTHER_LISTEN"); !ok {
		t.Error("another's variable is gone")
	}
}

// TestValidate takes the mistakes of a command's own Validate apart.
func TestValidate(t *testing.T) {
	err := fmt.Errorf("command: %w", errors.Join(errors.New("one"), errors.New("two")))
	if diff := cmp.Diff([]string{"one", "two"}, lines(err)); diff != "" {
		t.Error(diff)
	}
}

// TestHelp beats mistakes on the same line.
func TestHelp(t *testing.T) {
	var cli sampleCLI
	var out strings.Builder
	k, err := kong.New(&cli, kong.Name("sample"), kong.Exit(func(int) {}), kong.Writers(&out, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = Parse(k, []string{"serve", "--nope", "--help"}) // returns because Exit does
	if !strings.Contains(out.String(), "--listen") {
		t.Errorf("no help:\n%s", out.String())
	}
}

// TestHostPort takes addresses, not what looks like them.
func TestHostPort(t *testing.T) {
	for text, ok := range map[string]bool{
		"127.0.0.1:7100": true, ":0": true, "[::1]:65535": true, "localhost:1": true,
		"": false, "7100": false, "host": false, "host:": false, "host:x": false, "host:65536": false,
		"host:-1": false, "::1:5": false, "http://host:1": false, "a b:1": false,
	} {
		var a HostPort
		if err := a.UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestManyArguments takes as many as there are, and checks each.
func TestManyArguments(t *testing.T) {
	var cli struct {
		Sum struct {
			Numbers []int `arg:"" help:"To add."`
			Last    bool  `help:"A flag."`
		} `cmd:""`
	}
	parse := func(args ...string) error {
		k, err := kong.New(&cli, kong.Name("sample"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(k, args)
		return err
	}
	if err := parse("sum", "1", "2", "3", "--last"); err != nil || len(cli.Sum.Numbers) != 3 {
		t.Errorf("%v %v", cli.Sum.Numbers, err)
	}
	var usage *UsageError
	if err := parse("sum", "1", "x", "y"); !errors.As(err, &usage) || len(usage.Mistakes) != 2 {
		t.Errorf("%v", err)
	}
	if err := parse("sum"); !errors.As(err, &usage) || len(usage.Mistakes) != 1 {
		t.Errorf("%v", err)
	}
}
