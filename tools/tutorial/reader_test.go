package tutorial_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/check/checkout"
	"github.com/sim-im/sim/tools/freeport"
)

// patience bounds each wait: the first commands build everything.
const patience = 4 * time.Minute

// reader follows the page in a folder of its own. Addresses are others than the
// page's, which somebody may use, and cloning is done already.
type reader struct {
	*testing.T
	root      string            // has sim, and poll when it is made
	dir       string            // where commands run
	addresses map[string]string // of the page, and ours
	last      string            // what the last commands printed
	terminals map[string]*terminal
}

func newReader(t *testing.T) *reader {
	t.Helper()
	for _, tool := range []string{"bash", "node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("no %s: install bash, and Node 18 or later with npm", tool)
		}
	}
	root := t.TempDir()
	r := &reader{T: t, root: root, dir: root, addresses: map[string]string{}, terminals: map[string]*terminal{}}
	usual := []string{"127.0.0.1:7100", "127.0.0.1:7101", "127.0.0.1:7103"}
	free, err := freeport.Addrs(len(usual))
	if err != nil {
		t.Fatal(err)
	}
	for i, addr := range usual {
		r.addresses[addr] = free[i]
	}
	r.clone(filepath.Join(root, "sim"))
	t.Cleanup(r.stop)
	return r
}

// clone copies the sources.
func (r *reader) clone(to string) {
	root, err := checkout.Root()
	if err != nil {
		r.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "node_modules" || name == "dist" || name != "." && strings.HasPrefix(name, ".") || strings.HasPrefix(name, "bazel-")):
			return filepath.SkipDir
		case entry.IsDir():
			below, _ := filepath.Rel(root, path)
			return os.MkdirAll(filepath.Join(to, below), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		below, _ := filepath.Rel(root, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, below), data, 0o644)
	})
	if err != nil {
		r.Fatal(err)
	}
}

// ours replaces the addresses of the page.
func (r *reader) ours(text string) string {
	for page, own := range r.addresses {
		text = strings.ReplaceAll(text, page, own)
	}
	return text
}

// write makes a file of the page.
func (r *reader) write(b block) {
	path := filepath.Join(r.root, "poll", filepath.FromSlash(b.file))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(r.ours(b.text)), 0o644); err != nil {
		r.Fatal(err)
	}
}

// run runs commands of the page, and keeps the folder that they end in.
func (r *reader) run(b block) {
	where := filepath.Join(r.TempDir(), "where")
	cmd := r.shell(r.dir, r.ours(b.text)+"\npwd >"+where+"\n")
	out, err := cmd.CombinedOutput()
	r.last = string(out)
	if err != nil {
		r.Fatalf("README.md:%d: %v\n%s", b.line, err, out)
	}
	text, err := os.ReadFile(where)
	if err != nil {
		r.Fatal(err)
	}
	r.dir = strings.TrimSpace(string(text))
}

// shell is a command that runs a script in dir.
func (r *reader) shell(dir, script string) *exec.Cmd {
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", "git() { :; }\n"+script)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false", "GOWORK=off", "PWD="+dir)
	for name, page := range map[string]string{"SIM_LISTEN": "127.0.0.1:7100", "SIM_HTTP": "127.0.0.1:7101", "SIM_RPC": "127.0.0.1:7103"} {
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s", name, r.addresses[page]))
	}
	return cmd
}

// stop ends the terminals, the last one first.
func (r *reader) stop() {
	for _, name := range []string{"alice", "service", "sim"} {
		if t := r.terminals[name]; t != nil {
			t.end()
		}
	}
}
