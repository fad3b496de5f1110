package chat

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"image/png"
	"strings"
)

// drawer makes what draws a JPEG in a terminal; "" when it cannot.
type drawer func(picture []byte) string

// drawerOf tells by the environment what a terminal understands; nil is nothing.
//
//	kitty, Ghostty          https://sw.kovidgoyal.net/kitty/graphics-protocol/, PNG
//	iTerm2, WezTerm, mintty https://iterm2.com/documentation-images.html, any
func drawerOf(env func(string) string) drawer {
	switch {
	case env("TMUX") != "" || strings.HasPrefix(env("TERM"), "screen"):
		return nil // it would come through as text
	case env("KITTY_WINDOW_ID") != "" || env("TERM") == "xterm-kitty" || env("TERM_PROGRAM") == "ghostty":
		return drawKitty
	}
	switch env("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "mintty":
		return drawITerm
	}
	if env("LC_TERMINAL") == "iTerm2" {
		return drawITerm
	}
	return nil
}

func drawITerm(picture []byte) string {
	return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d;preserveAspectRatio=1:%s\a\n",
		len(picture), base64.StdEncoding.EncodeToString(picture))
}

// kittyPart is how many bytes of base64 one command takes at most.
const kittyPart = 4096

func drawKitty(picture []byte) string {
	m, err := jpeg.Decode(bytes.NewReader(picture))
	var out bytes.Buffer
	if err == nil {
		err = png.Encode(&out, m)
	}
	if err != nil {
		return ""
	}
	var text strings.Builder
	first := "a=T,f=100,"
	for left := base64.StdEncoding.EncodeToString(out.Bytes()); left != ""; first = "" {
		n, more := len(left), 0
		if n > kittyPart {
			n, more = kittyPart, 1
		}
		fmt.Fprintf(&text, "\x1b_G%sm=%d;%s\x1b\\", first, more, left[:n])
		left = left[n:]
	}
	text.WriteByte('\n')
	return text.String()
}
