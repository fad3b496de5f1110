package style

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Measure reads every Go file of a module's tree.
func Measure(tree fs.FS) (Report, error) {
	m := measure{tree: tree, folders: map[string]bool{}}
	if err := fs.WalkDir(tree, ".", m.visit); err != nil {
		return Report{}, err
	}
	m.undocumented()
	m.report.Comments = m.commentLines * 100 / max(1, m.lines)
	m.report.spread()
	return m.report, nil
}

type measure struct {
	tree    fs.FS
	report  Report
	folders map[string]bool // has a package doc; only folders with product code

	lines, commentLines int // of product files
}

func (m *measure) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case entry.IsDir():
		return m.folder(name)
	case path.Ext(name) == ".go":
		return m.file(name)
	}
	return nil
}

func (m *measure) folder(name string) error {
	base := path.Base(name)
	if name == "." {
		return nil
	}
	if base == "testdata" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(m.tree, name+"/go.mod"); err == nil {
		return fs.SkipDir
	}
	if slices.Contains(banned(), base) {
		m.fault(name, 0, "the name %q says nothing", base)
	}
	return nil
}

func (m *measure) file(name string) error {
	text, err := fs.ReadFile(m.tree, name)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	if ast.IsGenerated(parsed) {
		return nil
	}
	length := bytes.Count(text, []byte("\n"))
	if strings.HasSuffix(name, "_test.go") {
		m.length(name, length, testMost)
		return nil
	}
	m.length(name, length, fileMost)
	m.report.Files = append(m.report.Files, length)
	m.lines += length
	m.commentLines += comments(files, parsed)
	m.folders[path.Dir(name)] = m.folders[path.Dir(name)] || parsed.Doc != nil
	m.declarations(source{name, files, parsed})
	return nil
}

func (m *measure) length(name string, got, most int) {
	if got > most {
		m.fault(name, 0, "%d lines, at most %d", got, most)
	}
}

func (m *measure) undocumented() {
	for folder, documented := range m.folders {
		if !documented {
			m.fault(folder, 0, "no package documentation")
		}
	}
}

func (m *measure) fault(file string, line int, format string, args ...any) {
	m.report.Faults = append(m.report.Faults, Fault{File: file, Line: line, What: fmt.Sprintf(format, args...)})
}

// comments counts lines that hold comment text.
func comments(files *token.FileSet, file *ast.File) int {
	n := 0
	for _, group := range file.Comments {
		n += files.Position(group.End()).Line - files.Position(group.Pos()).Line + 1
	}
	return n
}
