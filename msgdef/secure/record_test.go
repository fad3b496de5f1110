package secure

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/frame"
)

func TestFramesCoalesceIntoOneRecord(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	b := seal(t, &e.client.Out, slices.Concat(text("one"), text("two"), text("three")))
	if n, err := e.server.In.Open(b); n != len(b) || err != nil {
		t.Fatalf("opened %d of %d bytes, %v", n, len(b), err)
	}
	if got, err := unread(&e.server.In); err != nil || strings.Join(got, " ") != "one two three" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestManyFramesSplitAtTheirBoundaries(t *testing.T) {
	e := newWorld(t).bound(HybridChaCha)
	var frames []byte
	var want []string
	for i := range 100 {
		body := strings.Repeat(string(rune('a'+i%26)), i*i)
		frames = append(frames, text(body)...)
		want = append(want, body)
	}
	b := seal(t, &e.client.Out, frames)
	records := 0
	for left := b; len(left) > 0; records++ {
		n, err := recordSize(left, MaxPlaintext)
		if err != nil || n == 0 || n > MaxRecord {
			t.Fatalf("record %d: %d, %v", records, n, err)
		}
		left = left[n:]
	}
	if least := len(frames)/MaxPlaintext + 1; records < least || records > 2*least {
		t.Errorf("%d records for %d bytes", records, len(frames))
	}
	if got, err := receive(&e.server.In, b); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d frames came through, %v", len(got), err)
	}
}

func TestTheLargestFrameFits(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	b := seal(t, &e.client.Out, text(strings.Repeat("x", frame.MaxBody)))
	if len(b) != MaxRecord {
		t.Errorf("record of %d bytes, want %d", len(b), MaxRecord)
	}
	if got, err := receive(&e.server.In, b); err != nil || len(got) != 1 || len(got[0]) != frame.MaxBody {
		t.Errorf("%d frames, %v", len(got), err)
	}
}

func TestSealerAppendsAndLeavesDstOnError(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	b, err := e.client.Out.Append([]byte("before"), nil, now)
	if err != nil || string(b) != "before" {
		t.Errorf("no frames: %q, %v", b, err)
	}
	tooLong := append(text("fine"), text(strings.Repeat("x", frame.MaxBody+1))...)
	b, err = e.client.Out.Append(b, tooLong, now)
	if !errors.Is(err, frame.ErrMalformed) || string(b) != "before" {
		t.Errorf("a frame too long: %q, %v", b, err)
	}
	if _, err := e.client.Out.Append(nil, text("x"), now); !errors.Is(err, frame.ErrMalformed) {
		t.Errorf("the sealer lives on: %v", err)
	}
}

func TestTruncatedRecordsNeedMore(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	b := seal(t, &e.client.Out, text("a message"))
	for n := range b {
		if got, err := e.server.In.Open(b[:n]); got != 0 || err != nil {
			t.Fatalf("%d bytes: %d, %v", n, got, err)
		}
	}
	if n, err := e.server.In.Open(append(b, "the next"...)); n != len(b) || err != nil {
		t.Errorf("all of it: %d, %v", n, err)
	}
}

func TestRecordLengthsAreBounded(t *testing.T) {
	w := newWorld(t)
	for length, want := range map[uint16]error{
		0: ErrMalformed, recordTag: ErrMalformed, recordTag + 1: nil,
		MaxPlaintext + recordTag: nil, MaxPlaintext + recordTag + 1: ErrMalformed, 0xffff: ErrMalformed,
	} {
		n, err := w.bound(HybridAESGCM).server.In.Open(binary.LittleEndian.AppendUint16(nil, length))
		if n != 0 || !errors.Is(err, want) {
			t.Errorf("length %d: %d, %v", length, n, err)
		}
	}
}

func TestRecordsAreSmallBeforeBind(t *testing.T) {
	w := newWorld(t)
	e := w.connect(HybridAESGCM)
	frames := slices.Repeat(text(strings.Repeat("x", 1020)), 5)
	b := seal(t, &e.client.Out, frames)
	if n, err := recordSize(b, MaxLoginPlaintext); n != MaxLoginPlaintext+RecordOverhead || err != nil {
		t.Errorf("first record of %d bytes, %v", n, err)
	}
	if got, err := receive(&e.server.In, b); err != nil || len(got) != 5 {
		t.Errorf("%d frames, %v", len(got), err)
	}
	tooLong := sealPlain(&e.client.Out, make([]byte, MaxLoginPlaintext+1))
	if n, err := e.server.In.Open(tooLong[:2]); n != 0 || !errors.Is(err, ErrMalformed) {
		t.Errorf("a record above the limit: %d, %v", n, err)
	}
	if _, err := e.client.Out.Append(nil, text(strings.Repeat("x", MaxLoginPlaintext)), now); !errors.Is(err, frame.ErrMalformed) {
		t.Errorf("a frame above the limit: %v", err)
	}
}

func TestPaddingIsZero(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name    string
		padding []byte
		want    error
	}{
		{"one byte", []byte{0}, nil},
		{"much", make([]byte, 5000), nil},
		{"last byte set", append(make([]byte, 50), 1), ErrMalformed},
		{"length field set", []byte{0, 0, 3, 0, 0, 0, 0}, ErrMalformed},
		{"short and set", []byte{0, 7}, ErrMalformed},
	} {
		e := w.bound(HybridAESGCM)
		got, err := receive(&e.server.In, sealPlain(&e.client.Out, append(text("x"), c.padding...)))
		if !errors.Is(err, c.want) || !slices.Equal(got, []string{"x"}) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if _, err := e.server.In.Open(nil); !errors.Is(err, c.want) {
			t.Errorf("%s: afterwards: %v", c.name, err)
		}
	}
}

func TestFramesAreReadBeforeTheNextRecord(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	first, second := seal(t, &e.client.Out, text("1")), seal(t, &e.client.Out, text("2"))
	if _, err := e.server.In.Open(first); err != nil {
		t.Fatal(err)
	}
	if _, err := e.server.In.Open(second); !errors.Is(err, ErrUnread) {
		t.Errorf("second record: %v", err)
	}
}

func TestABodyCannotGrowIntoTheBuffer(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	b := seal(t, &e.client.Out, text("1"))
	behind := len(b)
	b = append(b, "next"...)
	if _, err := e.server.In.Open(b); err != nil {
		t.Fatal(err)
	}
	f, _, _ := e.server.In.Next()
	_ = append(f.Body, "overwritten"...)
	if !bytes.Equal(b[behind:], []byte("next")) {
		t.Error("appending to a body changed what follows the record")
	}
}

func TestParkKeepsThePlace(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		e := w.bound(suite)
		for range 3 {
			talk(t, e, "x")
			for _, d := range e.directions() {
				d.out.Park()
				d.in.Park()
			}
		}
	}
}

func TestZeroValuesAreDead(t *testing.T) {
	var s Session
	if b, err := s.Out.Append(nil, text("x"), now); err == nil || len(b) != 0 {
		t.Errorf("a zero Sealer sealed %x", b)
	}
	if n, err := s.In.Open([]byte{17, 0, 18: 0}); err == nil {
		t.Errorf("a zero Opener opened %d bytes", n)
	}
}
