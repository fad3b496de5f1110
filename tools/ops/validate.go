package ops

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// validate asks the command's own Validate although there are mistakes, so that
// one run shows all. It sees what is right, and defaults; what it says of a flag
// that is wrong already says nothing new.
func (w *walk) validate() {
	command, ok := w.node.Target, w.node.Target.CanAddr()
	if !ok {
		return
	}
	validator, ok := command.Addr().Interface().(interface{ Validate() error })
	if !ok {
		return
	}
	for _, group := range w.node.AllFlags(false) {
		for _, f := range group {
			w.fill(f)
		}
	}
	err := validator.Validate()
	if err == nil {
		return
	}
	found := slices.DeleteFunc(lines(err), func(m string) bool {
		name, _, _ := strings.Cut(m, " ")
		f := find(w.node, strings.Trim(name, ":,"))
		return f != nil && w.wrong[f.Value]
	})
	w.mistakes = append(w.mistakes, w.origins.rename(w.node, found)...)
}

// fill gives a flag the value that it would have.
func (w *walk) fill(f *kong.Flag) {
	if f.Reset() != nil || !f.Target.CanSet() { // a default or variable that is wrong was noted
		return
	}
	if text, ok := w.texts[f.Value]; ok {
		_ = decode(f.Value, text, f.Target) // it was decoded before
	}
}
