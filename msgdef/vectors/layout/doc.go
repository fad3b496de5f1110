// Package layout reads the layout of messages from a msgdef.lock and makes
// bytes from it: valid ones, and each way of being invalid with its class. It
// knows section 8 of msgdef/PROTOCOL.md and no generated code, so that what it
// makes judges the codecs of every language, Go's among them.
//
//	msgdef.lock ──Parse──▶ Set ──▶ Struct ──Random──▶ bytes that decode
//	                                  └─────Faults──▶ bytes to be refused, and why
//
// It imports the standard library only, and only tests import it.
package layout
