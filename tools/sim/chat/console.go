package chat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// console is where lines come from.
type console interface {
	// live reports whether a person is there, who types while messages come in.
	live() bool

	// start prepares the input, stop puts it back as it was; both may be called
	// again.
	start() error
	stop()

	// lines delivers what is entered and is closed at the end of the input. It
	// is called once.
	lines(ctx context.Context) <-chan input

	// password asks for one without showing it.
	password(prompt string) (string, error)
}

// input is a line, or why the input ended early.
type input struct {
	line string
	err  error
}

func isTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// pipe reads lines from anything that is not a person at a terminal.
type pipe struct{ in io.Reader }

// longestLine bounds a line of input in bytes, well above a message's body.
const longestLine = 64 << 10

func newPipe(in io.Reader) *pipe { return &pipe{in: in} }

func (*pipe) live() bool   { return false }
func (*pipe) start() error { return nil }
func (*pipe) stop()        {}

func (*pipe) password(string) (string, error) {
	return "", errors.New("nobody to ask for a password")
}

// lines reads in a goroutine, which lasts as long as the read that it is in:
// the input of a process cannot be interrupted.
func (p *pipe) lines(ctx context.Context) <-chan input {
	out := make(chan input)
	go func() {
		defer close(out)
		in := bufio.NewScanner(p.in)
		in.Buffer(nil, longestLine)
		for in.Scan() && put(ctx, out, input{line: in.Text()}) {
		}
		if err := in.Err(); err != nil {
			put(ctx, out, input{err: fmt.Errorf("reading the input: %w", err)})
		}
	}()
	return out
}

// put returns false when ctx ends first.
func put(ctx context.Context, out chan<- input, in input) bool {
	select {
	case out <- in:
		return true
	case <-ctx.Done():
		return false
	}
}
