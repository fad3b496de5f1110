package vectors

import "embed"

//go:embed *.json
var files embed.FS // read only

// Read returns the text of a file of vectors, or an error of package io/fs.
func Read(name string) ([]byte, error) { return files.ReadFile(name) }
