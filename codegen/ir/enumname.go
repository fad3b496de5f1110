package ir

import (
	"strings"
	"unicode"
)

// EnumName is a constant and the name it is shown by.
type EnumName struct {
	Constant string // "CodeBadCredentials"
	Name     string // "bad_credentials"
	Value    string
}

// EnumNames names the values of e: the words of the constant without those
// that all constants of the enum begin with, joined by underscores.
func EnumNames(e *Enum) []EnumName {
	split := make([][]string, len(e.Values))
	for i, v := range e.Values {
		split[i] = Words(v.Name)
	}
	drop := commonPrefix(split)
	names := make([]EnumName, len(e.Values))
	for i, v := range e.Values {
		names[i] = EnumName{v.Name, strings.ToLower(strings.Join(split[i][drop:], "_")), v.Value}
	}
	return names
}

// commonPrefix returns how many words all lists begin with, leaving each at
// least one.
func commonPrefix(lists [][]string) int {
	n := 0
	for ; ; n++ {
		for _, l := range lists {
			if n >= len(l)-1 || l[n] != lists[0][n] {
				return n
			}
		}
		if len(lists) == 0 {
			return 0
		}
	}
}

// Words splits a Go name: "CodeTooLarge" is Code, Too, Large; "SyncOK" is Sync,
// OK; "HTTPError" is HTTP, Error; "UserIDs" is User, IDs.
func Words(name string) []string {
	var list []string
	runes := []rune(name)
	start := 0
	for i := 1; i < len(runes); i++ {
		lower := func(j int) bool { return j < len(runes) && !unicode.IsUpper(runes[j]) }
		if unicode.IsUpper(runes[i]) && (lower(i-1) || lower(i+1) && !plural(runes[i+1:])) {
			list = append(list, string(runes[start:i]))
			start = i
		}
	}
	return append(list, string(runes[start:]))
}

// plural tells whether rest, which follows a capital, begins with the s of
// several initials: that of IDs.
func plural(rest []rune) bool {
	return rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
}
