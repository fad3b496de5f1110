package chat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
)

// TestParse reads every kind of line.
func TestParse(t *testing.T) {
	tests := []struct {
		line string
		want command // nil: refused
	}{
		{"bob;;hello", send{"bob", "hello"}},
		{" bob ;; hello there \r\n", send{"bob", " hello there "}},
		{"bob;;a;;b", send{"bob", "a;;b"}},
		{"bob;;:q", send{"bob", ":q"}},
		{"", empty{}},
		{"  \t", empty{}},
		{":olu", online{}},
		{":push log", register{msgdef.PushLog, "chat"}},
		{":push webhook abc", register{msgdef.PushWebhook, "abc"}},
		{":push off", register{}},
		{":push", nil},
		{":push webhook", nil},
		{":push pigeon x", nil},
		{":q", quit{}},
		{" :q ", quit{}},
		{":help", help{}},
		{":history bob", history{"bob", historyPage}},
		{":history bob 5", history{"bob", 5}},
		{":sleep 0.5", pause{500 * time.Millisecond}},
		{"hello", nil},
		{"bob;hello", nil},
		{";;hello", nil},
		{"bob;;", nil},
		{"bob;;\xff", nil},
		{":nope", nil},
		{":", nil},
		{":q now", nil},
		{":olu all", nil},
		{":history", nil},
		{":history bob 0", nil},
		{":history bob 201", nil},
		{":history bob x", nil},
		{":history bob 1 2", nil},
		{":sleep", nil},
		{":sleep -1", nil},
		{":sleep NaN", nil},
		{":sleep 1e9", nil},
	}
	for _, tt := range tests {
		got, err := parse(tt.line)
		var wrong *LineError
		switch {
		case tt.want == nil && !errors.As(err, &wrong):
			t.Errorf("%q: got %v, %v", tt.line, got, err)
		case tt.want != nil && (err != nil || got != tt.want):
			t.Errorf("%q: got %#v, %v, want %#v", tt.line, got, err, tt.want)
		}
	}
}

// FuzzParse never fails other than by a *LineError, and accepts what it
// understood again.
func FuzzParse(f *testing.F) {
	f.Add("bob;;hello")
	f.Add(":history bob 5")
	f.Add(":sleep 1")
	f.Fuzz(func(t *testing.T, line string) {
		got, err := parse(line)
		var wrong *LineError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if s, ok := got.(send); ok && (s.to == "" || s.text == "") {
			t.Fatalf("an empty send: %#v", s)
		}
	})
}

// TestPrintable takes the power from what others write.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain text":          "plain text",
		"您好 👩\u200d👩\u200d👧":  "您好 👩\u200d👩\u200d👧",
		"\x1b[2Jgone":         `\u001b[2Jgone`,
		"two\nlines\tand tab": `two\nlines    and tab`,
		"\u202Ebackwards":     `\u202ebackwards`,
		"broken \xff byte":    `broken \xff byte`,
		"real \uFFFD mark":    "real \uFFFD mark",
		"bell\a\r":            `bell\u0007\u000d`,
		"\u009b31m":           `\u009b31m`,
	} {
		if diff := cmp.Diff(want, printable(text)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestHelpText names every command that parses.
func TestHelpText(t *testing.T) {
	for _, name := range []string{";;", ":history", ":olu", ":push", ":sleep", ":help", ":q"} {
		if !strings.Contains(helpText, name) {
			t.Errorf("help lacks %s", name)
		}
	}
}
