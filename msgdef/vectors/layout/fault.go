package layout

import (
	"bytes"
	"slices"
)

// Class says how bytes fail to be a message.
type Class string

// The classes, as package wire and section 8 have them.
const (
	Short     Class = "short"     // bytes are missing
	Limit     Class = "limit"     // a length or count is above its limit
	Malformed Class = "malformed" // bytes that no encoder writes
)

// Fault is bytes to be refused.
type Fault struct {
	Why   string // "Send.Body: a length cut short"
	Bytes []byte
	Class Class
	end   bool // nothing may follow, or the missing bytes would be found
}

// Faults returns every way for a message s to be wrong in one place, all
// fields before and behind being zero.
func (s *Struct) Faults() []Fault {
	var found []Fault
	for i, f := range s.Fields {
		before, behind := zeros(s.Fields[:i]), zeros(s.Fields[i+1:])
		boundary := i > 0 && f.Gen > s.Fields[i-1].Gen
		for _, fault := range f.faults() {
			if boundary && len(fault.Bytes) == 0 {
				continue // an older sender stops here
			}
			fault.Why = s.Name + "." + f.Name + ": " + fault.Why
			fault.Bytes = slices.Concat(before, fault.Bytes)
			if !fault.end {
				fault.Bytes = append(fault.Bytes, behind...)
			}
			found = append(found, fault)
		}
	}
	return found
}

// FrozenFault is a frozen struct as a message with a byte too many: it cannot
// have grown.
func (s *Struct) FrozenFault() Fault {
	return Fault{s.Name + ": a byte behind a frozen struct", append(zeros(s.Fields), 0), Malformed, true}
}

func zeros(fields []Field) (b []byte) {
	for _, f := range fields {
		b = append(b, f.Type.zero()...)
	}
	return b
}

// zero returns the zero value; for a struct all generations of it.
func (t Type) zero() []byte {
	switch {
	case t.Size > 0:
		return make([]byte, t.Size)
	case t.Kind != Nested:
		return []byte{0}
	}
	body := zeros(t.Struct.Fields)
	if t.Struct.Frozen {
		return body
	}
	return append(length(len(body)), body...)
}

func (f Field) faults() []Fault {
	switch f.Type.Kind {
	case List:
		return listFaults(f)
	case Nested:
		return nestedFaults(f.Type.Struct)
	case Bytes, String:
		return textFaults(f.Type.Kind, f.Max)
	}
	found := []Fault{{"nothing of it", nil, Short, true}}
	if f.Type.Size > 1 {
		found = append(found, Fault{"one byte too few", make([]byte, f.Type.Size-1), Short, true})
	}
	if f.Type.Kind == Bool {
		found = append(found, Fault{"a bool of 2", []byte{2}, Malformed, false}, Fault{"a bool of 255", []byte{255}, Malformed, false})
	}
	return found
}

// lengthFaults is what every length and count can suffer.
func lengthFaults(what string) []Fault {
	return []Fault{
		{"no " + what, nil, Short, true},
		{"a " + what + " cut short", []byte{0x80}, Short, true},
		{"a " + what + " of four bytes cut short", []byte{0xff, 0xff, 0xff, 0xff}, Short, true},
		{"a " + what + " of more bytes than it needs", []byte{0x80, 0x00}, Malformed, false},
		{"a " + what + " of five bytes that needs one", []byte{0x81, 0x80, 0x80, 0x80, 0x00}, Malformed, false},
		{"a " + what + " of six bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, Malformed, false},
		{"a " + what + " of 32 bits", []byte{0x80, 0x80, 0x80, 0x80, 0x08}, Malformed, false},
		{"a " + what + " above 32 bits", []byte{0xff, 0xff, 0xff, 0xff, 0x7f}, Malformed, false},
	}
}

// limitFaults is a length or count above its limit, of units of a size.
func limitFaults(what string, most int, unit []byte) []Fault {
	above := append(length(most+1), bytes.Repeat(unit, most+1)...)
	return []Fault{
		{"a " + what + " above its limit", above, Limit, false},
		{"a " + what + " above its limit without the bytes", length(most + 1), Limit, true},
		{"the greatest " + what + " there is", []byte{0xff, 0xff, 0xff, 0xff, 0x07}, Limit, false},
	}
}

func textFaults(kind Kind, most int) []Fault {
	found := append(lengthFaults("length"), limitFaults("length", most, []byte("x"))...)
	found = append(found, Fault{"one byte less than the length says", append(length(most), bytes.Repeat([]byte("x"), most-1)...), Short, true})
	if kind == Bytes {
		return found
	}
	for _, bad := range []struct{ why, text string }{
		{"not UTF-8", "\xff"}, {"UTF-8 that goes on alone", "\x80"}, {"UTF-8 that stops", "\xc3("},
		{"UTF-8 cut short", "\xe2\x82"}, {"UTF-8 of two bytes for 0", "\xc0\x80"}, {"UTF-8 of three bytes for a slash", "\xe0\x80\xaf"},
		{"a surrogate in UTF-8", "\xed\xa0\x80"}, {"UTF-8 above U+10FFFF", "\xf4\x90\x80\x80"},
	} {
		if len(bad.text) <= most {
			found = append(found, Fault{bad.why, append(length(len(bad.text)), bad.text...), Malformed, false})
		}
	}
	return found
}

func listFaults(f Field) []Fault {
	of := *f.Type.Of
	found := append(lengthFaults("count"), limitFaults("count", f.Max, of.zero())...)
	least := make([]byte, of.Min()*2-1)
	found = append(found,
		Fault{"a count without elements", []byte{1}, Short, true},
		Fault{"a count of two with the bytes of less", append([]byte{2}, least...), Short, true})
	inside := Field{Type: of, Max: f.Elem}
	for _, fault := range inside.faults() {
		fault.Why = "second element: " + fault.Why
		fault.Bytes = slices.Concat([]byte{2}, of.zero(), fault.Bytes)
		if fault.Class != Short { // the count must not be what is wrong
			fault.Bytes = append(fault.Bytes, make([]byte, of.Min())...)
		}
		found = append(found, fault)
	}
	return found
}

// nestedFaults puts one fault of each class into a struct, behind its length.
func nestedFaults(s *Struct) []Fault {
	if s.Frozen {
		return s.Faults()
	}
	found := append(lengthFaults("length"), Fault{"the greatest length there is", []byte{0xff, 0xff, 0xff, 0xff, 0x07}, Short, false})
	body := zeros(s.Fields)
	found = append(found, Fault{"a length that goes beyond the end", append(length(len(body)+1), body...), Short, true})
	if n := s.Min() - 1; n >= 0 {
		found = append(found, Fault{"a length that is too small", append(length(n), body[:n]...), Short, false})
	}
	for _, class := range []Class{Short, Limit, Malformed} {
		inside := s.Faults()
		i := slices.IndexFunc(inside, func(f Fault) bool { return f.Class == class && len(f.Bytes) > 0 })
		if i >= 0 {
			f := inside[i]
			found = append(found, Fault{f.Why, append(length(len(f.Bytes)), f.Bytes...), class, false})
		}
	}
	return found
}
