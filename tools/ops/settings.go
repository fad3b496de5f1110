package ops

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml/ast"
)

// settings walks the tree of a file along the tree of commands. It does not
// stop at a mistake.
type settings struct {
	*walk
	file   string
	values map[*kong.Flag]setting // of the command that was called
}

// setting is a value in the file. The one deeper in the file wins: a section
// says more than the top.
type setting struct {
	text  string
	at    string
	depth int
}

// documents takes the one document of a file.
func (s *settings) documents(tree *ast.File) {
	for i, doc := range tree.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			if i > 0 {
				s.refuse(body, "a second document; there is to be one")
				continue
			}
			s.section(s.root, body, 0)
		default:
			s.refuse(body, "settings are KEY: VALUE")
		}
	}
}

// section takes the keys for a command and what is below it.
func (s *settings) section(node *kong.Node, section *ast.MappingNode, depth int) {
	seen := map[string]bool{}
	for _, entry := range section.Values {
		key := entry.Key.GetToken().Value
		switch {
		case entry.Key.IsMergeKey():
			s.refuse(entry.Key, "merging is not understood")
		case seen[key]:
			s.refuse(entry.Key, "%s is there twice", key)
		default:
			s.entry(node, key, entry, depth)
		}
		seen[key] = true
	}
}

func (s *settings) entry(node *kong.Node, key string, entry *ast.MappingValueNode, depth int) {
	for _, child := range node.Children {
		if child.Name != key {
			continue
		}
		switch section := entry.Value.(type) {
		case *ast.MappingNode:
			s.section(child, section, depth+1)
		case *ast.NullNode: // a section with every line commented out
		default:
			s.refuse(entry.Value, "%s is a command: its settings are KEY: VALUE on lines below", key)
		}
		return
	}
	candidates := below(node, key)
	if len(candidates) == 0 {
		s.refuse(entry.Key, "unknown key %s", s.path(node, key))
		return
	}
	s.flag(candidates, key, entry, depth)
}

// flag takes a value. It is to suit the command that was called, or else one
// of those that know the key.
func (s *settings) flag(candidates []*kong.Flag, key string, entry *ast.MappingValueNode, depth int) {
	var first error
	used := s.used(candidates)
	for _, f := range candidates {
		if used != nil && f != used {
			continue
		}
		text, err := settingText(f, entry.Value)
		if err == nil {
			err = decode(f.Value, text, reflect.New(f.Target.Type()).Elem())
		}
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if old, ok := s.values[f]; f == used && (!ok || old.depth <= depth) {
			s.values[f] = setting{text, s.at(entry.Key), depth}
		}
		return
	}
	s.refuse(entry.Value, "%s: %v", key, first)
	if used != nil {
		s.wrong[used.Value] = true
	}
}

// used returns which of flags belongs to the command that was called.
func (s *settings) used(flags []*kong.Flag) *kong.Flag {
	for _, group := range s.node.AllFlags(false) {
		for _, f := range group {
			if slices.Contains(flags, f) {
				return f
			}
		}
	}
	return nil
}

// effective returns the values that nothing stronger gives, and notes where
// they come from.
func (s *settings) effective() map[*kong.Flag]string {
	texts := make(map[*kong.Flag]string, len(s.values))
	for f, v := range s.values {
		if s.origins[f.Value] == "" {
			s.origins[f.Value] = v.at
			s.texts[f.Value] = v.text
			texts[f] = v.text
		}
	}
	return texts
}

// below returns the flags of a name in a command and those below it. The flags
// of every program, and of no file, are left out.
func below(node *kong.Node, name string) []*kong.Flag {
	var found []*kong.Flag
	for _, f := range node.Flags {
		if f.Name == name && (node.Parent != nil || !own(f)) {
			found = append(found, f)
		}
	}
	for _, child := range node.Children {
		found = append(found, below(child, name)...)
	}
	return found
}

// own tells whether a flag of the program makes no sense in the file.
func own(f *kong.Flag) bool {
	return slices.Contains([]string{"help", configFlag, printFlag}, f.Name)
}

// settingText returns a value as a flag takes it: lists as its elements with
// the separator between them.
func settingText(f *kong.Flag, node ast.Node) (string, error) {
	list, isList := node.(*ast.SequenceNode)
	if !isList {
		text, ok := scalar(node)
		if !ok {
			return "", fmt.Errorf("wants a value, not %s", kindOf(node))
		}
		return text, nil
	}
	if f.Target.Kind() != reflect.Slice {
		return "", fmt.Errorf("wants one value, not a list")
	}
	separator := string(f.Tag.Sep)
	var texts []string
	for _, element := range list.Values {
		text, ok := scalar(element)
		if !ok {
			return "", fmt.Errorf("wants a list of values, not of %s", kindOf(element))
		}
		texts = append(texts, strings.ReplaceAll(text, separator, `\`+separator))
	}
	return strings.Join(texts, separator), nil
}

func kindOf(node ast.Node) string {
	switch node.(type) {
	case *ast.NullNode:
		return "nothing"
	case *ast.MappingNode:
		return "a section"
	}
	return "a YAML " + strings.ToLower(node.Type().String())
}

func (s *settings) path(node *kong.Node, key string) string {
	if node.Parent == nil {
		return key
	}
	return s.path(node.Parent, node.Name) + "." + key
}

// at is where a node is.
func (s *settings) at(node ast.Node) string {
	position := node.GetToken().Position
	return fmt.Sprintf("%s:%d:%d", s.file, position.Line, position.Column)
}

func (s *settings) refuse(node ast.Node, format string, args ...any) {
	s.mistake("%s: %s", s.at(node), fmt.Sprintf(format, args...))
}
