// Package catalogue writes the last section of msgdef/PROTOCOL.md, the tables of
// messages, from the definitions in msgdef. Its test fails when the page is
// stale, and
//
//	go test ./tools/pyclient/catalogue -update
//
// writes it anew. It reads source text and imports the standard library only;
// it must never know a message by name.
package catalogue
