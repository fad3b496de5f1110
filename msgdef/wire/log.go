package wire

import (
	"encoding/hex"
	"log/slog"
)

// LogHidden is the value of a field that is never printed.
func LogHidden(name string) slog.Attr { return slog.String(name, "hidden") }

// LogLen stands for bytes or a list by their length.
func LogLen(name string, n int) slog.Attr {
	return slog.Group(name, slog.Int("len", n))
}

// LogHex prints a fixed array, an identifier or a hash, in hexadecimal.
func LogHex(name string, b []byte) slog.Attr {
	return slog.String(name, hex.EncodeToString(b))
}
