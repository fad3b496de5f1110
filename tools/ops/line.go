package ops

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// walk goes over a command line the way kong does, and keeps the mistakes.
type walk struct {
	root     *kong.Node
	node     *kong.Node // the command so far
	origins  origins
	texts    map[*kong.Value]string // that count, of what is right
	wrong    map[*kong.Value]bool   // has a mistake
	config   string                 // value of --config
	args     int                    // positional arguments seen
	help     bool
	doubtful bool // an unknown flag came just before: this may be its value
	mistakes []string
}

func newWalk(root *kong.Node) *walk {
	return &walk{
		root: root, node: root, origins: origins{},
		texts: map[*kong.Value]string{}, wrong: map[*kong.Value]bool{},
	}
}

func (w *walk) mistake(format string, args ...any) {
	w.mistakes = append(w.mistakes, fmt.Sprintf(format, args...))
}

func (w *walk) arguments(args []string) {
	literal := false
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case literal || !strings.HasPrefix(arg, "-") || arg == "-":
			w.word(arg)
		case arg == "--":
			literal = true
		default:
			args = w.flag(arg, args)
		}
	}
}

// word takes a command or a positional argument.
func (w *walk) word(arg string) {
	doubtful := w.doubtful
	w.doubtful = false
	for _, child := range w.node.Children {
		if child.Name == arg || slices.Contains(child.Aliases, arg) {
			w.node = child
			return
		}
	}
	switch {
	case w.args < len(w.node.Positional):
		value := w.node.Positional[w.args]
		if !value.IsCumulative() { // else it takes all the others, too
			w.args++
		}
		w.origins[value] = "<" + value.Name + ">"
		w.check("<"+value.Name+">", value, arg)
	case doubtful:
	case len(w.node.Children) > 0:
		w.mistake("unknown command %q: there are %s", arg, commands(w.node))
	default:
		w.mistake("unexpected argument %q", arg)
	}
}

// flag takes a flag, and its value from rest when it needs one.
func (w *walk) flag(arg string, rest []string) []string {
	name, value, inline := strings.Cut(arg, "=")
	flag := find(w.node, name)
	w.doubtful = flag == nil && !inline
	switch {
	case flag == nil:
		w.mistake("unknown flag %s", name)
		return rest
	case flag.Name == "help":
		w.help = true
		return rest
	}
	w.origins[flag.Value] = name
	if flag.IsBool() || flag.IsCounter() {
		if inline {
			w.check(name, flag.Value, value)
		} else if flag.IsBool() {
			w.texts[flag.Value] = strconv.FormatBool(!strings.HasPrefix(name, "--no-") || flag.Name == name[2:])
		}
		return rest
	}
	if !inline {
		if len(rest) == 0 || rest[0] == "--" {
			w.mistake("%s needs a value", name)
			w.wrong[flag.Value] = true
			return rest
		}
		value, rest = rest[0], rest[1:]
	}
	if flag.Name == configFlag {
		w.config = value
	}
	w.check(name, flag.Value, value)
	return rest
}

// find returns the flag of a command with a name with its dashes, nil when
// there is none.
func find(node *kong.Node, name string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			negated := f.Tag.Negatable != "" && name == "--no-"+f.Name
			short := f.Short != 0 && name == "-"+string(f.Short)
			if name == "--"+f.Name || short || negated {
				return f
			}
		}
	}
	return nil
}

// environment checks the variables of flags, also of those on the line: what
// is wrong there would surprise the next time.
func (w *walk) environment() {
	for _, group := range w.node.AllFlags(false) {
		for _, f := range group {
			for _, variable := range f.Envs {
				value, ok := os.LookupEnv(variable)
				if !ok {
					continue
				}
				if w.origins[f.Value] == "" {
					w.origins[f.Value] = variable
				}
				w.check(variable, f.Value, value)
			}
		}
	}
}

// missing looks for what is required and absent.
func (w *walk) missing() {
	if len(w.node.Children) > 0 && w.node.DefaultCmd == nil && len(w.mistakes) == 0 {
		w.mistake("name a command: %s", commands(w.node))
	}
	for _, group := range w.node.AllFlags(false) {
		for _, f := range group {
			if f.Required && w.origins[f.Value] == "" {
				w.mistake("--%s is required: %s", f.Name, f.Help)
				w.wrong[f.Value] = true
			}
		}
	}
	for _, p := range w.node.Positional {
		if p.Required && w.origins[p] == "" {
			w.mistake("<%s> is required: %s", p.Name, p.Help)
		}
	}
}

// check notes what is wrong with a value.
func (w *walk) check(name string, value *kong.Value, text string) {
	err := decode(value, text, reflect.New(value.Target.Type()).Elem())
	switch {
	case err != nil:
		w.mistake("%s: %v", name, err)
		w.wrong[value] = true
	case w.origins[value] == name:
		w.texts[value] = text
	}
}

// decode decodes a value, or returns why it cannot.
func decode(value *kong.Value, text string, into reflect.Value) error {
	scan := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: text})
	if err := value.Mapper.Decode(&kong.DecodeContext{Value: value, Scan: scan}, into); err != nil {
		return err
	}
	return inEnum(value, text, into.Kind() == reflect.Slice)
}

// inEnum returns why a text, or an element of a list, is none of those that a
// value may be.
func inEnum(value *kong.Value, text string, list bool) error {
	if value.Enum == "" {
		return nil
	}
	elements := []string{text}
	if list {
		elements = kong.SplitEscaped(text, value.Tag.Sep)
	}
	for _, element := range elements {
		if !value.EnumMap()[element] {
			return fmt.Errorf("%q is not one of %s", element, strings.Join(value.EnumSlice(), ", "))
		}
	}
	return nil
}

func commands(node *kong.Node) string {
	var names []string
	for _, child := range node.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return strings.Join(names, ", ")
}
