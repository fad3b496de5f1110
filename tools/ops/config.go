package ops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/alecthomas/kong"
)

// configFlag is the name of the flag that names the file.
const configFlag = "config"

// ConfigFlags are the flags of a program that reads a file; embed them in the
// grammar. Keys of the file are names of flags; those in a section with the
// name of a command are for this command, others for every command that has
// such a flag.
//
//	log-level: info
//	gate:
//	  listen: 0.0.0.0:7100
type ConfigFlags struct {
	Config string `placeholder:"FILE" env:"SIM_CONFIG" help:"File with settings; the first of ./sim.yaml, $XDG_CONFIG_HOME/sim/sim.yaml and /etc/sim/sim.yaml otherwise."`
}

// mostConfig bounds the size of a file, in bytes.
const mostConfig = 1 << 20

// configuration reads the file and returns the values of the command's flags
// that neither the line nor a variable gives. Mistakes anywhere in the file are
// noted, also in what this command does not use.
func (w *walk) configuration() map[*kong.Flag]string {
	f := find(w.root, "--"+configFlag)
	if f == nil {
		return nil
	}
	name, text, err := w.readConfig(f)
	if err != nil {
		w.mistake("%s: %v", w.origins[f.Value], err)
		return nil
	}
	tree, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		w.mistake("%s", syntax(name, err))
		return nil
	}
	s := &settings{walk: w, file: name, values: map[*kong.Flag]setting{}}
	s.documents(tree)
	return s.effective()
}

// readConfig returns the file that was asked for, or the first that there is.
// No file is like an empty one.
func (w *walk) readConfig(f *kong.Flag) (name string, text []byte, err error) {
	if name = w.config; name == "" {
		name = os.Getenv(f.Envs[0])
	}
	if name != "" {
		text, err = readFile(name)
		return name, text, err
	}
	for _, name := range usualPlaces() {
		text, err := readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		w.origins[f.Value] = name
		return name, text, err
	}
	return "", nil, nil
}

// usualPlaces are where the file is looked for, the first one wins.
func usualPlaces() []string {
	places := []string{"sim.yaml"}
	if folder, err := os.UserConfigDir(); err == nil { // $XDG_CONFIG_HOME, or ~/.config
		places = append(places, filepath.Join(folder, "sim", "sim.yaml"))
	}
	return append(places, "/etc/sim/sim.yaml")
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostConfig+1))
	if err == nil && len(text) > mostConfig {
		err = fmt.Errorf("%s has more than %d bytes", name, mostConfig)
	}
	return text, err
}

// syntax says where a file is no YAML.
func syntax(file string, err error) string {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		position := at.GetToken().Position
		return fmt.Sprintf("%s:%d:%d: %s", file, position.Line, position.Column, at.GetMessage())
	}
	return fmt.Sprintf("%s: %v", file, err)
}

// scalar returns the text of a value, "" and false for what is none.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", false
	case ast.ScalarNode:
		return n.GetToken().Value, true
	}
	return "", false
}
