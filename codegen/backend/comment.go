package backend

import "strings"

// Comment returns the lines of a documentation comment with stars, as Java and
// TypeScript have them: none for no text, one for one line.
func Comment(text []string) []string {
	switch len(text) {
	case 0:
		return nil
	case 1:
		return []string{"/** " + text[0] + " */"}
	}
	lines := []string{"/**"}
	for _, line := range text {
		lines = append(lines, strings.TrimRight(" * "+line, " "))
	}
	return append(lines, " */")
}
