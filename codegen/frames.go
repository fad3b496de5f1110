package main

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
)

// frameJSON is a frame for programs.
type frameJSON struct {
	Offset  int           `json:"offset"` // of the header
	Type    uint16        `json:"type"`
	Message *explain.JSON `json:"message,omitempty"` // absent when the package has no such message
	Body    string        `json:"body,omitempty"`    // then, in hexadecimal
}

// explainFrames writes what each frame says.
func explainFrames(pkg *ir.Package, b []byte, f decodeFlags, out io.Writer) error {
	frames, padding, err := explain.Frames(pkg, b)
	refused := false
	all := []frameJSON{}
	for _, frame := range frames {
		one := frameJSON{Offset: frame.Offset, Type: frame.Type}
		if frame.Struct == nil {
			one.Body = hex.EncodeToString(frame.Body)
		} else {
			root, failure := explain.Decode(frame.Struct, frame.Body, frame.BodyOffset())
			refused = refused || failure != nil
			one.Message = explain.ToJSON(root, failure, f.options())
		}
		all = append(all, one)
		if !f.JSON {
			writeFrame(out, frame, f.options())
		}
	}
	switch {
	case f.JSON:
		writeJSON(out, all)
	case padding > 0:
		fmt.Fprintf(out, "offset %d: %d bytes of padding\n", len(b)-padding, padding)
	}
	if err == nil && refused {
		err = errRefused
	}
	return err
}

func writeFrame(out io.Writer, frame explain.Frame, o explain.Options) {
	if frame.Struct == nil {
		fmt.Fprintf(out, "offset %d: type 0x%04x, no message of these definitions, body of %d bytes\n", frame.Offset, frame.Type, len(frame.Body))
		return
	}
	fmt.Fprintf(out, "offset %d: %s\n", frame.Offset, explain.Heading(frame.Struct, len(frame.Body)))
	root, failure := explain.Decode(frame.Struct, frame.Body, frame.BodyOffset())
	explain.Text(out, root, failure, o)
}
