package ops

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// UsageError lists everything wrong with a command line and its environment.
type UsageError struct {
	Command  string // what was being called, for the hint
	Mistakes []string
}

// Error implements error.
func (e *UsageError) Error() string {
	hint := "\n" + e.Command + " --help shows what is right"
	if len(e.Mistakes) == 1 {
		return e.Mistakes[0] + hint
	}
	return fmt.Sprintf("%d mistakes:\n  %s%s", len(e.Mistakes), strings.Join(e.Mistakes, "\n  "), hint)
}

// Command is a parsed command line with everything that completes it.
type Command struct {
	*kong.Context
	origins origins
}

// Parse parses a command line, completed by variables and by a file where the
// grammar embeds ConfigFlags. Flags beat variables, variables the file, the
// file defaults. Where kong stops at the first mistake, Parse goes on and
// returns a *UsageError with all of them: unknown and malformed flags, keys and
// variables, values outside of an enum, missing and surplus arguments.
func Parse(k *kong.Kong, args []string) (*Command, error) {
	w := newWalk(k.Model.Node)
	w.arguments(args)
	if w.help {
		parsed, err := k.Parse(helpOnly(w.node))
		return &Command{Context: parsed}, err
	}
	w.environment()
	values := w.configuration()
	w.missing()
	if len(w.mistakes) > 0 {
		w.validate()
	} else {
		parsed, err := parseWith(k, args, values)
		if err == nil {
			return &Command{Context: parsed, origins: w.origins}, nil
		}
		w.mistakes = w.origins.rename(w.node, lines(err))
	}
	return nil, &UsageError{Command: w.node.FullPath(), Mistakes: w.mistakes}
}

// helpOnly asks for the help of a command without what else was on the line.
func helpOnly(node *kong.Node) []string {
	return append(strings.Fields(node.FullPath())[1:], "--help")
}

// lines returns what Validate methods found, a line for each mistake.
func lines(err error) []string {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{err.Error()}
	}
	var found []string
	for _, e := range joined.Unwrap() {
		found = append(found, strings.Split(e.Error(), "\n")...) // it may have joined others itself
	}
	return found
}

// ForgetEmpty removes variables of a prefix that are set to nothing: whoever
// empties a variable means to leave it out. A main calls it before Parse.
func ForgetEmpty(prefix string) {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if value == "" && strings.HasPrefix(name, prefix) {
			_ = os.Unsetenv(name) // only fails for names that no environment has
		}
	}
}
