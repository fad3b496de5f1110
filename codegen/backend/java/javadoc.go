package java

import (
	"strings"

	"github.com/sim-im/sim/codegen/backend"
)

// javadoc adds a documentation comment: the text of the definitions and what
// the output adds, which is Javadoc already. Without both there is none.
func javadoc(out *source, text string, facts ...string) {
	lines := paragraphs(text)
	if len(facts) > 0 {
		fact := strings.Join(facts, " ")
		if len(lines) > 0 {
			lines = append(lines, "", "<p>"+fact)
		} else {
			lines = []string{fact}
		}
	}
	for _, line := range backend.Comment(lines) {
		out.line("%s", line)
	}
}

// paragraphs turns a Go comment into lines of Javadoc.
func paragraphs(text string) []string {
	var lines []string
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if p == "" {
			continue
		}
		if i > 0 {
			lines = append(lines, "")
		}
		part := strings.Split(escape(p), "\n")
		switch {
		case strings.HasPrefix(p, "\t"), strings.HasPrefix(p, " "):
			part = append(append([]string{"<pre>"}, part...), "</pre>")
		case i > 0:
			part[0] = "<p>" + part[0]
		}
		lines = append(lines, part...)
	}
	return lines
}

// escape keeps text from ending the comment, and from being taken for HTML, for
// a tag of Javadoc or for an escape of Java, which means something in comments
// too.
func escape(text string) string {
	return strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "&#64;", "*/", "*&#47;", `\`, "&#92;", "\t", "  ",
	).Replace(text)
}
