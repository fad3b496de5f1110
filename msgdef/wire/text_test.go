package wire

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzValidText compares ValidText with unicode/utf8.
func FuzzValidText(f *testing.F) {
	for n := range 40 {
		text := []byte(strings.Repeat("x", n))
		f.Add(text)
		for at := range text {
			wrong := []byte(strings.Repeat("x", n))
			wrong[at] = 0x80
			f.Add(wrong)
		}
		f.Add([]byte(strings.Repeat("é", n)))
		f.Add([]byte(strings.Repeat("x", n) + "好"))
		f.Add([]byte(strings.Repeat("x", n) + "\xe5\xa5"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := ValidText(b), utf8.Valid(b); got != want {
			t.Fatalf("ValidText(%q) = %v, utf8.Valid says %v", b, got, want)
		}
	})
}

func BenchmarkValidText(b *testing.B) {
	for _, text := range []string{"short", "client-message-0000042", strings.Repeat("some text ", 20), "größer als 1 €, 好 und mehr", "你好,世界你好,世界"} {
		for _, by := range []struct {
			name  string
			valid func([]byte) bool
		}{{"utf8", utf8.Valid}, {"wire", ValidText}} {
			b.Run("text="+text[:5]+"/by="+by.name, func(b *testing.B) {
				bytes := []byte(text)
				for b.Loop() {
					if !by.valid(bytes) {
						b.Fatal("invalid")
					}
				}
			})
		}
	}
}
