package wire

import "testing"

// TestCopies moves values into one piece of memory, where they stay apart.
func TestCopies(t *testing.T) {
	input := []byte("teapot")
	own := NewCopies(6)
	text, first, empty, second := own.String(String(input[:3])), own.Bytes(input[3:5]), own.Bytes(nil), own.Bytes(input[5:])
	clear(input)
	_ = append(first, 'x')
	if text != "tea" || string(first) != "po" || len(empty) != 0 || string(second) != "t" {
		t.Errorf("got %q, %q, %q, %q", text, first, empty, second)
	}
}
