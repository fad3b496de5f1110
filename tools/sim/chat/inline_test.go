package chat

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDrawers reads back what would be drawn.
func TestDrawers(t *testing.T) {
	var picture bytes.Buffer
	noise := image.NewGray(image.Rect(0, 0, 96, 96))
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	if err := jpeg.Encode(&picture, noise, nil); err != nil {
		t.Fatal(err)
	}
	iterm := drawITerm(picture.Bytes())
	_, body, _ := strings.Cut(strings.TrimSuffix(iterm, "\a\n"), ":")
	if got, err := base64.StdEncoding.DecodeString(body); err != nil || !bytes.Equal(got, picture.Bytes()) {
		t.Errorf("iTerm2: %d bytes, %v", len(got), err)
	}
	parts, kitty := 0, ""
	for part := range strings.SplitSeq(strings.TrimSuffix(drawKitty(picture.Bytes()), "\n"), "\x1b\\") {
		if part == "" {
			continue
		}
		head, body, _ := strings.Cut(part, ";")
		if !strings.HasPrefix(head, "\x1b_G") || len(body) > kittyPart || strings.Contains(head, "f=100") != (parts == 0) {
			t.Errorf("part %d begins with %q and has %d bytes", parts, head, len(body))
		}
		kitty += body
		parts++
	}
	raw, err := base64.StdEncoding.DecodeString(kitty)
	if err != nil || parts < 2 {
		t.Fatalf("%d parts, %v", parts, err)
	}
	if m, err := png.Decode(bytes.NewReader(raw)); err != nil || m.Bounds().Dx() != 96 {
		t.Errorf("kitty: %v", err)
	}
	if drawKitty([]byte("no picture")) != "" {
		t.Error("what is no picture is drawn")
	}
}

// TestDrawerOf knows terminals by their environment.
func TestDrawerOf(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false}, {map[string]string{"TERM": "xterm-256color"}, false}, {map[string]string{"TERM": "xterm-kitty"}, true},
		{map[string]string{"TERM_PROGRAM": "iTerm.app"}, true}, {map[string]string{"LC_TERMINAL": "iTerm2"}, true},
		{map[string]string{"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}, false},
	} {
		if got := drawerOf(func(name string) string { return c.env[name] }) != nil; got != c.want {
			t.Errorf("%v: %t", c.env, got)
		}
	}
}
