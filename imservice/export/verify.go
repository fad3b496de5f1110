package export

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// What Verify takes.
const (
	maxLine   = 1 << 20 // bytes of a line
	maxFaults = 100     // faults that are told one by one
)

// Report is what Verify has found.
type Report struct {
	Header Header            // of the file; zero when it has none
	Lines  uint64            // the footer included
	Counts map[string]uint64 // of lines, by type
	Bytes  int64
	Faults []string // what is wrong, in the order of the file; the first 100
	More   uint64   // faults that are not told
}

// OK tells whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Verify reads an export to its end, and tells everything that is wrong with it. The
// error is that of the reader. Memory does not grow with the export.
func Verify(from io.Reader) (*Report, error) {
	v := &verifier{sum: sha256.New(), report: &Report{Counts: map[string]uint64{}}}
	in := bufio.NewReaderSize(from, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			v.line(line)
			v.fault("is longer than %d bytes", maxLine)
			err = v.skip(in)
		case len(line) > 0:
			v.line(line)
		}
		if errors.Is(err, io.EOF) {
			v.end()
			return v.report, nil
		}
		if err != nil {
			return v.report, err
		}
	}
}

// verifier is on its way through an export.
type verifier struct {
	report *Report
	sum    hash.Hash
	last   int   // place of the type of the line before among types
	ended  bool  // the footer was there
	after  order // where the stage before is
}

// order is what the lines of a stage ascend by.
type order struct {
	number uint64
	began  Time
	conv   Name
}

// skip passes the rest of a line that is too long.
func (v *verifier) skip(in *bufio.Reader) error {
	for {
		more, err := in.ReadSlice('\n')
		v.report.Bytes += int64(len(more))
		v.sum.Write(more)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// fault notes what is wrong with the line that is read.
func (v *verifier) fault(format string, args ...any) {
	if len(v.report.Faults) == maxFaults {
		v.report.More++
		return
	}
	v.report.Faults = append(v.report.Faults, fmt.Sprintf("line %d ", v.report.Lines)+fmt.Sprintf(format, args...))
}

// line checks one.
func (v *verifier) line(line []byte) {
	r := v.report
	r.Lines++
	r.Bytes += int64(len(line))
	if v.ended {
		v.fault("stands after the footer")
	}
	var of struct {
		Type string `json:"type"`
	}
	text, whole := bytes.CutSuffix(line, []byte("\n"))
	if !whole && len(line) < maxLine {
		v.fault("has no end: the file was cut")
	}
	kind := -1
	if err := json.Unmarshal(text, &of); err != nil {
		if whole {
			v.fault("is no JSON object: %v", err)
		}
	} else if kind = slices.Index(v.types(), of.Type); kind < 0 {
		v.fault("is of a type that there is not, %q", of.Type)
	}
	if kind == kindFooter {
		v.footer(text)
	}
	v.sum.Write(line)
	if kind >= 0 {
		r.Counts[of.Type]++
		v.place(kind, text)
		if v.last != kindFooter {
			v.last = kind
		}
	}
}

func (v *verifier) types() []string { list := types(); return list[:] }

// footer checks what the footer says of the lines before it.
func (v *verifier) footer(text []byte) {
	v.ended = true
	var f Footer
	if err := json.Unmarshal(text, &f); err != nil {
		v.fault("is no footer: %v", err)
		return
	}
	r := v.report
	if f.Lines != r.Lines-1 {
		v.fault("says that there are %d lines before it; there are %d", f.Lines, r.Lines-1)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Counts)) {
		if r.Counts[name] != f.Counts[name] {
			v.fault("counts %d of type %s; there are %d", f.Counts[name], name, r.Counts[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Counts)) {
		if _, ok := f.Counts[name]; !ok {
			v.fault("counts none of type %s; there are %d", name, r.Counts[name])
		}
	}
	if sum := hex.EncodeToString(v.sum.Sum(nil)); f.SHA256 != sum {
		v.fault("has the hash %.64q; that of the lines before it is %s: something was changed", f.SHA256, sum)
	}
}

// end checks what there has to be.
func (v *verifier) end() {
	if !v.ended {
		v.fault("is the last one, and no footer: the file was cut, or its export never ended")
	}
	names := types()
	for _, kind := range []int{kindHeader, kindAccount, kindProfile, kindFooter} {
		if n := v.report.Counts[names[kind]]; n != 1 && (kind != kindFooter || n > 1) {
			v.fault("is the last one of a file with %d lines of type %s instead of 1", n, names[kind])
		}
	}
}
