package export

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
)

// Writer makes lines, and keeps what the footer says of them. Its state goes into
// few bytes, so that another Writer goes on.
type Writer struct {
	counts  [Types]uint64
	sum     hash.Hash
	out     bytes.Buffer
	object  bytes.Buffer // of the line that is made
	objects *json.Encoder
}

// NewWriter begins an export.
func NewWriter() *Writer {
	w := &Writer{sum: sha256.New()}
	w.objects = json.NewEncoder(&w.object)
	w.objects.SetEscapeHTML(false)
	return w
}

// Resume goes on where State was, or says that it was not a state.
func Resume(counts []uint64, sum []byte) (*Writer, error) {
	w := NewWriter()
	if len(counts) != Types {
		return nil, fmt.Errorf("export: %d counts for %d types", len(counts), Types)
	}
	copy(w.counts[:], counts)
	return w, w.sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(sum)
}

// State is what Resume needs.
func (w *Writer) State() (counts []uint64, sum []byte, err error) {
	sum, err = w.sum.(encoding.BinaryMarshaler).MarshalBinary()
	return w.counts[:], sum, err
}

// Write adds a line.
func (w *Writer) Write(l Line) error {
	kind := l.kind()
	w.object.Reset()
	if err := w.objects.Encode(l); err != nil { // {...}\n
		return fmt.Errorf("export: a line of type %s: %w", types()[kind], err)
	}
	from := w.out.Len()
	fmt.Fprintf(&w.out, `{"type":"%s",`, types()[kind])
	w.out.Write(w.object.Bytes()[1:]) // no type is without fields
	w.sum.Write(w.out.Bytes()[from:])
	w.counts[kind]++
	return nil
}

// Finish adds the footer.
func (w *Writer) Finish(at Time) error {
	f := &Footer{At: at, Counts: map[string]uint64{}, SHA256: hex.EncodeToString(w.sum.Sum(nil))}
	for kind, n := range w.counts {
		if n > 0 {
			f.Counts[types()[kind]] = n
		}
		f.Lines += n
	}
	return w.Write(f)
}

// Count is how many lines there are of the whole export.
func (w *Writer) Count() (n uint64) {
	for _, of := range w.counts {
		n += of
	}
	return n
}

// Len is how many bytes of lines there are since Resume.
func (w *Writer) Len() int { return w.out.Len() }

// Bytes are those lines, until the next Write.
func (w *Writer) Bytes() []byte { return w.out.Bytes() }
