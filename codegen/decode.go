package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
)

// decodeFlags is the command line of decode.
type decodeFlags struct {
	Dir     string   `short:"C" name:"dir" help:"Folder of the definitions; the current one, or its msgdef, when not given." placeholder:"DIR"`
	Frame   bool     `help:"The bytes are frames, each with type and length, so that no TYPE is given."`
	JSON    bool     `help:"Write JSON."`
	Secrets bool     `help:"Show fields that are tagged secret."`
	Full    bool     `help:"Show all bytes and elements, however many."`
	Words   []string `arg:"" name:"type> <hex" help:"TYPE and HEX, or with --frame only HEX; - reads HEX from standard input."`
}

// Help is what --help of the command adds.
func (decodeFlags) Help() string {
	return `HEX may have spaces, line breaks and a leading 0x. A frame is type u16 LE,
length u16 LE, body; zeros at the end are padding.

Exit codes: 0 the bytes decode, 1 they are refused (and where and why), or TYPE
or HEX is not understood.

Examples:

    codegen decode Ping 0700000000000000
    codegen decode --frame 0300 0800 0700000000000000
    xxd -p capture.bin | codegen decode -C msgdef --frame --json -`
}

// decode explains bytes. It returns the exit code.
func decode(f decodeFlags, std streams) int {
	name := ""
	if !f.Frame {
		if len(f.Words) < 2 {
			fmt.Fprintln(std.err, "codegen: decode takes TYPE and HEX, or --frame and HEX\nRun codegen decode --help to see examples.")
			return exitUsage
		}
		name, f.Words = f.Words[0], f.Words[1:]
	}
	pkg, ok := definitions(f.Dir, std)
	if !ok {
		return exitFailed
	}
	b, err := bytesOf(f.Words, std.in)
	if err == nil && f.Frame {
		err = explainFrames(pkg, b, f, std.out)
	} else if err == nil {
		err = explainBody(pkg, name, b, f, std.out)
	}
	if errors.Is(err, errRefused) {
		return exitFailed
	}
	if err != nil {
		fmt.Fprintf(std.err, "codegen: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// errRefused means that bytes do not decode, and that it was printed why.
var errRefused = errors.New("refused")

// bytesOf reads hexadecimal words, or standard input for "-".
func bytesOf(words []string, in io.Reader) ([]byte, error) {
	text := strings.Join(words, " ")
	if text == "-" {
		all, err := io.ReadAll(io.LimitReader(in, maxInput))
		if err != nil {
			return nil, err
		}
		text = string(all)
	}
	var digits strings.Builder
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		digits.WriteString(strings.TrimPrefix(strings.TrimPrefix(word, "0x"), "0X"))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		return nil, fmt.Errorf("the bytes are not hexadecimal: %w", err)
	}
	return b, nil
}

func (f *decodeFlags) options() explain.Options {
	return explain.Options{Secrets: f.Secrets, Full: f.Full}
}

// explainBody writes what a body of the named type says.
func explainBody(pkg *ir.Package, name string, b []byte, f decodeFlags, out io.Writer) error {
	s, err := explain.Find(pkg, name)
	if err != nil {
		return err
	}
	root, failure := explain.Decode(s, b, 0)
	if f.JSON {
		writeJSON(out, explain.ToJSON(root, failure, f.options()))
	} else {
		fmt.Fprintln(out, explain.Heading(s, len(b)))
		explain.Text(out, root, failure, f.options())
	}
	if failure != nil {
		return errRefused
	}
	return nil
}

func writeJSON(out io.Writer, v any) {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // always encodes; a closed pipe is the reader's wish
}
