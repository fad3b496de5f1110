package backend

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Capital returns a name with a capital at its start.
func Capital(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(first)) + name[size:]
}

// Escaped returns a name, with an underscore at its end when it is taken.
func Escaped(name string, taken []string) string {
	if slices.Contains(taken, name) {
		return name + "_"
	}
	return name
}
