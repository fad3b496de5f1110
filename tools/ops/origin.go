package ops

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// origins tells where the value of a flag or argument comes from, in the words
// that mistakes use: --flag, VARIABLE, or file:line:column. What is not in it
// has its default.
type origins map[*kong.Value]string

// rename puts the origin of a value in place of the name of its flag, with
// which a command's Validate begins a mistake.
func (o origins) rename(node *kong.Node, mistakes []string) []string {
	renamed := make([]string, 0, len(mistakes))
	for _, m := range mistakes {
		name, rest, ok := strings.Cut(m, ": ")
		f := find(node, name)
		if ok && f != nil && o[f.Value] != "" && o[f.Value] != name {
			m = fmt.Sprintf("%s: %s: %s", o[f.Value], strings.TrimPrefix(name, "--"), rest)
		}
		renamed = append(renamed, m)
	}
	return renamed
}

// parseWith has kong parse a line with values from a file below the variables:
// kong itself would let a resolver beat them.
func parseWith(k *kong.Kong, args []string, values map[*kong.Flag]string) (*kong.Context, error) {
	resolver := kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, variable := range flag.Envs {
			if _, ok := os.LookupEnv(variable); ok {
				return nil, nil
			}
		}
		if value, ok := values[flag]; ok {
			return value, nil
		}
		return nil, nil
	})
	if err := kong.Resolvers(resolver).Apply(k); err != nil {
		return nil, err
	}
	return k.Parse(args)
}
