package ops

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// printFlag is the name of the flag of PrintFlags.
const printFlag = "print-config"

// PrintFlags are the flag of a program that shows its settings; embed them in
// the grammar beside ConfigFlags.
type PrintFlags struct {
	PrintConfig bool `help:"Show the settings that the command would use, as a file, and where each comes from; do nothing else."`
}

// Secret is a setting that is not to be shown.
type Secret string

// String hides the secret from logs.
func (Secret) String() string { return "(hidden)" }

// Reveal returns the secret, for where it is used.
func (s Secret) Reveal() string { return string(s) }

// Print writes the settings of the command as a section of a file, with where
// each comes from. Secrets are not shown.
func (c *Command) Print(w io.Writer) error {
	var text strings.Builder
	node := c.Selected()
	if node == nil {
		node = c.Model.Node
	}
	indent := 0
	for _, name := range strings.Fields(node.FullPath())[1:] {
		fmt.Fprintf(&text, "%*s%s:\n", indent, "", name)
		indent += 2
	}
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if !own(f) {
				text.WriteString(c.line(f, indent))
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// line is a setting, behind a # where nothing sets it.
func (c *Command) line(f *kong.Flag, indent int) string {
	origin := c.origins[f.Value]
	if origin == "" {
		origin = "default"
	}
	value, shown := plain(f.Target)
	mark := ""
	if !shown {
		mark = "# "
	}
	return fmt.Sprintf("%*s%s # %s\n", indent, "", strings.TrimSpace(mark+f.Name+": "+value), origin)
}

// plain returns a value as YAML on one line, and whether it can be read back.
func plain(v reflect.Value) (text string, shown bool) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", false
		}
		v = v.Elem()
	}
	var value any
	switch x := v.Interface().(type) {
	case Secret:
		return x.String(), false
	case encoding.TextMarshaler:
		b, err := x.MarshalText()
		if err != nil {
			return "", false
		}
		value = string(b)
	case fmt.Stringer:
		value = x.String()
	default:
		value = x
	}
	if v.IsZero() && v.Kind() == reflect.String {
		return "", false
	}
	b, err := yaml.MarshalWithOptions(value, yaml.Flow(true))
	return strings.TrimSpace(string(b)), err == nil
}
