package typescript

import (
	"strings"

	"github.com/sim-im/sim/codegen/backend"
)

// tsdoc adds a documentation comment: the text of the definitions and what the
// output adds, which is TSDoc already. Without both there is none.
func tsdoc(out *source, text string, facts ...string) {
	lines := paragraphs(text)
	if len(facts) > 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, strings.Join(facts, " "))
	}
	for _, line := range backend.Comment(lines) {
		out.line("%s", line)
	}
}

// paragraphs turns a Go comment into lines of TSDoc; what is indented becomes
// code.
func paragraphs(text string) []string {
	var lines []string
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if p == "" {
			continue
		}
		if i > 0 {
			lines = append(lines, "")
		}
		if strings.HasPrefix(p, "\t") || strings.HasPrefix(p, " ") {
			code := strings.Split(strings.NewReplacer("*/", "*\u200b/", "\t", "  ").Replace(p), "\n")
			lines = append(append(append(lines, "```"), code...), "```")
			continue
		}
		lines = append(lines, strings.Split(escape(p), "\n")...)
	}
	return lines
}

// escape keeps text from ending the comment, and from being taken for a tag of
// TSDoc.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*/", `*\/`, "@", `\@`, "{", `\{`, "}", `\}`, "<", `\<`, ">", `\>`).Replace(text)
}
