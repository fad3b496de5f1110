package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// limits says in which row of section 17 a limit stands, by file, struct and
// field.
func limits() map[string]map[string]string {
	return map[string]map[string]string{
		"../../../gate/options.go": {
			"Limits.Connections": "connections at a gate", "Limits.Handshakes": "connections at a gate",
			"Limits.AddressHandshakes": "handshakes of one address", "Limits.AddressRate": "handshakes of one address",
			"Limits.AddressBurst": "handshakes of one address", "Times.FirstByte": "first byte", "Times.Login": "whole Hello",
			"Times.LoginCall": "checking a password", "Times.Record": "a record from", "Limits.SendRate": "messages per second",
			"Limits.SendBurst": "messages per second", "Limits.RequestRate": "Ping, Read", "Limits.TypingRate": "Typing that others", "Limits.TypingBurst": "Typing that others", "Limits.RequestBurst": "Ping, Read",
			"Limits.RefusalRate": "frames answered by Error", "Limits.RefusalBurst": "frames answered by Error",
			"Times.Stuck": "bytes a client leaves unread", "Limits.WaitingFrames": "notifies waiting", "Limits.WaitingBytes": "notifies waiting",
			"Times.Call": "a call behind", "Times.Linger": "after a last frame", "Times.GoAway": "GoAway's window",
			"Times.MinHeartbeat": "heartbeat",
		},
		"../../../imservice/options.go": {
			"Limits.FailuresPerAccount": "wrong passwords", "Limits.FailuresPerAddress": "wrong passwords",
			"Limits.DevicesPerUser": "devices of a user", "Limits.TokensPerUser": "tokens of a user", "Limits.TokenLifetime": "tokens of a user",
			"Limits.TokenRotation": "tokens of a user",
			"Limits.PageBytes":     "entries, bytes",
		},
		"../../../route/options.go": {"Options.Devices": "sessions of a user"},
	}
}

// value finds the number, with its unit, that a comment gives as the standard.
var value = regexp.MustCompile(`(?:.*: |0 means |^)([0-9]+(?:,[0-9]+)*(?: (?:s|ms|min|MiB|KiB|days))?)`)

// TestLimits proves that section 17 has the standards of the options.
func TestLimits(t *testing.T) {
	_, section, _ := strings.Cut(read(t), "\n## 17 ")
	for file, fields := range limits() {
		comments := commentsOf(t, file)
		for field, what := range fields {
			found := value.FindStringSubmatch(comments[field])
			if found == nil {
				t.Errorf("%s: the comment of %s tells no standard: %q", file, field, comments[field])
				continue
			}
			_, row, _ := strings.Cut(section, "\n| "+what)
			row, _, _ = strings.Cut(row, "\n")
			number, _, _ := strings.Cut(found[1], " s") // several may share a unit
			if !regexp.MustCompile(`(^|[^0-9,])` + number + `\b`).MatchString(row) {
				t.Errorf("the row %q has not %s, which is %s of %s", what, found[1], field, file)
			}
		}
	}
}

// commentsOf returns the comments of the fields of a file's structs, by
// Struct.Field.
func commentsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := make(map[string]string)
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if body, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range body.Fields.List {
				for _, name := range f.Names {
					comments[spec.Name.Name+"."+name.Name] = text(f.Doc) + text(f.Comment)
				}
			}
		}
		return true
	})
	return comments
}
