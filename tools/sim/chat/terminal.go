package chat

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// terminal is a person's console. Between start and stop it edits a line at
// the bottom and writes above it; otherwise it writes as usual.
type terminal struct {
	in, out *os.File
	prompt  string

	mu     sync.Mutex
	editor *term.Terminal // nil unless started
	before *term.State
	resize func() // ends watching the size
}

func newTerminal(in, out *os.File, prompt string) *terminal {
	return &terminal{in: in, out: out, prompt: prompt}
}

func (*terminal) live() bool { return true }

func (t *terminal) start() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor != nil {
		return nil
	}
	before, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	editor := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{t.in, t.out}, t.prompt)
	t.before, t.editor = before, editor
	t.resize = onResize(func() {
		if width, height, err := term.GetSize(int(t.out.Fd())); err == nil && width > 0 {
			_ = editor.SetSize(width, height) // an odd size only looks odd
		}
	})
	return nil
}

func (t *terminal) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor == nil {
		return
	}
	t.resize()
	fmt.Fprint(t.out, "\r\x1b[K") // the prompt
	_ = term.Restore(int(t.in.Fd()), t.before)
	t.editor = nil
}

// Write implements io.Writer.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor != nil {
		return t.editor.Write(p)
	}
	return t.out.Write(p)
}

// lines reads in a goroutine, which lasts as long as the read that it is in.
// Ctrl-C and Ctrl-D end the input.
func (t *terminal) lines(ctx context.Context) <-chan input {
	t.mu.Lock()
	editor := t.editor
	t.mu.Unlock()
	out := make(chan input)
	go func() {
		defer close(out)
		read, before := editor.ReadLine, ""
		for {
			line, err := read()
			if err != nil || !put(ctx, out, input{line: line}) {
				return
			}
			line = strings.TrimSpace(line)
			read = editor.ReadLine
			if before == deleteLine && printable(line)+"> " == t.prompt { // the next is a password
				read = func() (string, error) { return editor.ReadPassword("password: ") }
			}
			before = line
		}
	}()
	return out
}

func (t *terminal) password(prompt string) (string, error) {
	fmt.Fprint(t.out, prompt)
	text, err := term.ReadPassword(int(t.in.Fd()))
	fmt.Fprintln(t.out)
	return string(text), err
}
