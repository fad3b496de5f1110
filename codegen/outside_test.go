package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// outside writes the module of another team, which has this one as a tool.
func outside(t *testing.T) string {
	t.Helper()
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/outside.txtar")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for _, f := range archive.Files {
		to := filepath.Join(root, filepath.FromSlash(f.Name))
		mkdir(t, filepath.Dir(to))
		saveFile(t, to, []byte(strings.ReplaceAll(string(f.Data), "ROOT", checkout)))
	}
	saveFile(t, filepath.Join(root, "go.sum"), []byte(read(t, filepath.Join("..", "go.sum"))))
	succeed(t, root, "get", "-tool", "github.com/sim-im/sim/codegen")
	return root
}

// TestOutside uses the generator as another team does: as a tool of a module of
// its own, from go:generate lines, with the explaining commands.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another module")
	}
	root := outside(t)
	succeed(t, root, "generate", "./...")
	succeed(t, root, "vet", "./...")
	succeed(t, root, "test", "./...")
	want := "0568656c6c6f0101050341646124\nSay hello loud Ada\n<nil>\nSay.Text: message is cut short\n"
	if got := succeed(t, root, "run", "."); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	succeed(t, root, "tool", "codegen", "-check", "messages")
	if got := succeed(t, root, "tool", "codegen", "decode", "-C", "messages", "Say", "0568656c6c6f0101050341646124"); !strings.Contains(got, `"Ada"`) {
		t.Errorf("decode says %s", got)
	}
	if got := succeed(t, root, "tool", "codegen", "describe", "-C", "messages", "people.Person"); !strings.Contains(got, "Age") {
		t.Errorf("describe says %s", got)
	}
}

// TestOutsideForeign changes a struct of one package, which the lock file of the
// other one notices too, in case the first one's is lost.
func TestOutsideForeign(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another module")
	}
	root := outside(t)
	messages, person := filepath.Join(root, "messages"), filepath.Join(root, "people", "people.go")
	if report := generateIn(messages); report != "exit 0\n" {
		t.Fatal(report)
	}
	source := read(t, person)
	change := func(from, to, want string) {
		t.Helper()
		saveFile(t, person, []byte(strings.Replace(source, from, to, 1)))
		if report := generateIn(messages); !strings.Contains(report, want) {
			t.Errorf("%q for %q: %s", to, from, report)
		}
	}
	change("Age  uint8", "Age  uint16", "people.go:13:2: Age was released as uint8 and is now uint16")
	change("Age  uint8\n", "", "people.go:11:6: Age was deleted from the end of people.Person")
	change("msgdef:struct", "msgdef:frozen", "people.Person was released not frozen and is now frozen")
	change("//msgdef:struct\n", "", "struct Person has no directive")
	change("Person struct", "Human struct", "the type is not known")
	change("Age  uint8\n", "Age  uint8\n\tMore bool `gen:\"2\"`\n", "exit 0\n")
}

// TestOutsideMoved moves a struct into another package: the bytes stay, and only
// they count. Two packages of one name cannot be told apart in the lock file.
func TestOutsideMoved(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command")
	}
	root := outside(t)
	messages := filepath.Join(root, "messages")
	source := filepath.Join(messages, "messages.go")
	text := read(t, source)
	here := "\n//msgdef:struct\ntype Human struct {\n\tName string `max:\"32\"`\n\tAge uint8\n}\n"
	saveFile(t, source, []byte(strings.NewReplacer("people.Person", "Human", "import \"chat/people\"\n", "").Replace(text)+here))
	if report := generateIn(messages); report != "exit 0\n" {
		t.Fatal(report)
	}
	saveFile(t, source, []byte(text))
	if report := generateIn(messages); !strings.Contains(report, "warning: Human was renamed to people.Person") || !strings.HasSuffix(report, "exit 0\n") {
		t.Errorf("moved away: %s", report)
	}
	saveFile(t, source, []byte(strings.NewReplacer("people.Person", "Human", "import \"chat/people\"\n", "").Replace(text)+strings.Replace(here, "uint8", "int8", 1)))
	if report := generateIn(messages); !strings.Contains(report, "To was released as []people.Person and is now []Human") {
		t.Errorf("moved back and changed: %s", report)
	}
	mkdir(t, filepath.Join(root, "other", "people"))
	saveFile(t, filepath.Join(root, "other", "people", "people.go"), []byte("package people\n\n//msgdef:struct\ntype Pet struct{ Legs uint8 }\n"))
	both := strings.Replace(text, "\"chat/people\"", "(\n\tpets \"chat/other/people\"\n\t\"chat/people\"\n)", 1)
	saveFile(t, source, []byte(strings.Replace(both, "Number uint64", "Number uint64\n\tPet pets.Pet `gen:\"2\"`", 1)))
	if report := generateIn(messages); !strings.Contains(report, "structs of both chat/people and chat/other/people are used, and both are called people: rename one of the packages") {
		t.Errorf("two of a name: %s", report)
	}
}

// TestOutsideMistakes checks that what goes wrong in another team's module is
// said clearly.
func TestOutsideMistakes(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command")
	}
	root := outside(t)
	source := filepath.Join(root, "messages", "messages.go")
	text := read(t, source)
	for _, c := range []struct{ from, to, want string }{
		{`"chat/people"`, `people "chat/persons"`, "package chat/persons cannot be read: correct the import, or run go get chat/persons"},
		{`"chat/people"`, `people "example.invalid/x"`, "package example.invalid/x cannot be read: correct the import"},
		{"package messages", "package messages\n\nvar x = ", "messages.go:6:1: expected operand"},
		{"//msgdef:emit json", "//msgdef:emit jsn", "there is no output \"jsn\": choose one of "},
		{"people.Person ", "people.Nobody ", "the type is not known"},
	} {
		saveFile(t, source, []byte(strings.Replace(text, c.from, c.to, 1)))
		if report := generateIn(filepath.Join(root, "messages")); !strings.Contains(report, c.want) || !strings.HasSuffix(report, "exit 1\n") {
			t.Errorf("%s: %s", c.to, report)
		}
	}
	saveFile(t, source, []byte(text))
	people := filepath.Join(root, "people", "people.go")
	cycle := strings.Replace(read(t, people), "package people", "package people\n\nimport \"chat/messages\"", 1)
	saveFile(t, people, []byte(strings.Replace(cycle, "Age  uint8", "Said messages.Said", 1)))
	if report := generateIn(filepath.Join(root, "messages")); !strings.Contains(report, "package chat/people cannot be read: it imports this one; move what both need to a third") {
		t.Errorf("a cycle: %s", report)
	}
	bare := filepath.Join(t.TempDir(), "sample")
	mkdir(t, bare)
	saveFile(t, filepath.Join(bare, "t.go"), []byte(oneMessage))
	if report := generateIn(bare); !strings.Contains(report, "warning: the codecs do not compile, for there is no go.mod above them") {
		t.Errorf("no module: %s", report)
	}
	if report := generateIn(root); !strings.Contains(report, "no message definitions here") {
		t.Errorf("the wrong folder: %s", report)
	}
	if report := generateIn(filepath.Join(root, "nowhere")); !strings.Contains(report, "no such file or directory") {
		t.Errorf("no folder: %s", report)
	}
}
