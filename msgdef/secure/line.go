package secure

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Keys and certificates travel as lines of text that say what they are: a
// prefix, and base64.

func line(prefix string, b []byte) []byte {
	return []byte(prefix + base64.StdEncoding.EncodeToString(b) + "\n")
}

// parseLine reads what line wrote; what names it for people.
func parseLine(what, prefix string, text []byte) ([]byte, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(string(text)), prefix)
	if !ok {
		return nil, fmt.Errorf("secure: not a %s: it does not begin with %q", what, prefix)
	}
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("secure: damaged %s: %w", what, err)
	}
	return b, nil
}
