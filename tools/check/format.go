package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
)

// gofmt is done here and not by the command, which need not be in the PATH.
func gofmt(_ context.Context, r *runner) error {
	wrong, err := unformatted(os.DirFS(r.root))
	if err != nil {
		return err
	}
	for _, name := range wrong {
		fmt.Fprintln(r.log, name)
	}
	if wrong != nil {
		return errors.New("not formatted; gofmt -w does it")
	}
	return nil
}

// unformatted lists the Go files that gofmt would change.
func unformatted(tree fs.FS) ([]string, error) {
	files, err := sources(tree)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, name := range files {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		formatted, err := format.Source(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !bytes.Equal(text, formatted) {
			wrong = append(wrong, name)
		}
	}
	return wrong, nil
}
