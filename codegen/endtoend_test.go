package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The new message of TestAddMessage, and a program that uses it: it sends a
// Vote through the encoder and takes it from the dispatcher.
const (
	voteSource = `package msgdef

// Vote is for a choice of a poll.
//
//msgdef:type 0x01A0 up
type Vote struct {
	Poll    uint64
	Choices []string ` + "`max:\"4\" elem:\"16\"`" + `
}
`
	voteProgram = `package main

import (
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

type server struct{ msgdef.UpHandler }

func (server) HandleVote(v *msgdef.Vote) error {
	fmt.Println(v.Type(), v.Poll, v.Choices)
	return nil
}

func main() {
	body := (&msgdef.Vote{Poll: 7, Choices: []string{"red", "blue"}}).Append(nil)
	var d msgdef.UpDecoder
	fmt.Println(d.Dispatch(msgdef.TypeVote, body, server{}))
	fmt.Println(d.Dispatch(msgdef.TypeVote, body[:9], server{}))
}
`
)

// TestAddMessage adds a message type in a copy of the module, runs go generate
// as a developer would, and compiles and uses the result. Then it changes the
// struct and forgets go generate, which the compiler and -check both notice.
func TestAddMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the module")
	}
	root := module(t, "codegen", "msgdef")
	vote := filepath.Join(root, "msgdef", "vote.go")
	saveFile(t, vote, []byte(voteSource))
	mkdir(t, filepath.Join(root, "tools", "vote"))
	saveFile(t, filepath.Join(root, "tools", "vote", "main.go"), []byte(voteProgram))

	succeed(t, root, "generate", "./msgdef")
	want := "Vote 7 [red blue]\n<nil>\nVote.Choices: message is cut short\n"
	if got := succeed(t, root, "run", "./tools/vote"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	succeed(t, root, "run", "./codegen", "-check", "msgdef")

	saveFile(t, vote, []byte(strings.Replace(voteSource, "uint64", "uint32", 1)))
	if out, err := goTool(root, "build", "./msgdef"); err == nil || !strings.Contains(out, "vote_gen.go") {
		t.Errorf("a stale output compiles: %s", out)
	}
	out, err := goTool(root, "run", "./codegen", "-check", "msgdef")
	if err == nil || !strings.Contains(out, "vote.go:7:2: Poll was released as uint64 and is now uint32") {
		t.Errorf("a breaking change passes: %s", out)
	}
}

// TestGoldenOutputs compiles the outputs of testdata/valid and runs the tests
// among them: truncations, and the seeds of the fuzz targets.
func TestGoldenOutputs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds generated packages")
	}
	root := module(t, "msgdef")
	paths, err := filepath.Glob("testdata/valid/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources, outputs := split(archive.Files)
		dir := filepath.Join(root, "golden", strings.TrimSuffix(filepath.Base(path), ".txtar"))
		mkdir(t, dir)
		write(t, dir, append(sources, under("want/", outputs)...))
	}
	succeed(t, root, "vet", "./golden/...")
	succeed(t, root, "test", "./golden/...")
}

// module copies go.mod, go.sum and what is below the folders into a new folder,
// without tests and what was generated for other languages.
func module(t *testing.T, folders ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		saveFile(t, filepath.Join(root, name), []byte(read(t, filepath.Join("..", name))))
	}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("..", folder), func(path string, entry os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && slices.Contains([]string{"testdata", "benchmark", "node_modules"}, entry.Name()):
				return filepath.SkipDir
			case entry.IsDir() || !wanted(folder, path):
				return nil
			}
			to := filepath.Join(root, strings.TrimPrefix(path, ".."))
			mkdir(t, filepath.Dir(to))
			saveFile(t, to, []byte(read(t, path)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// wanted tells whether module copies a file: of codegen also what its backends
// embed.
func wanted(folder, path string) bool {
	ext := filepath.Ext(path)
	return !strings.HasSuffix(path, "_test.go") && (folder == "codegen" || ext == ".go" || ext == ".lock")
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// goTool runs the go command in root without network and returns what it says.
func goTool(root string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func succeed(t *testing.T, root string, args ...string) string {
	t.Helper()
	out, err := goTool(root, args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
