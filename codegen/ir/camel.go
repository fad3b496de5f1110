package ir

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CamelCase is the name of a field where names begin with a lower-case letter,
// in JSON and in other languages: the words of the Go name in lower case, all
// but the first capitalised. USeq is uSeq, UserID is userId, HTTPProxy is
// httpProxy, UIDs is uids.
func CamelCase(name string) string {
	var out strings.Builder
	for i, word := range Words(name) {
		first, size := utf8.DecodeRuneInString(word)
		if i == 0 {
			first = unicode.ToLower(first)
		}
		out.WriteRune(first)
		out.WriteString(strings.ToLower(word[size:]))
	}
	return out.String()
}
