package client

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// queuedAs is a message to keep, of which everything follows from its counter.
func queuedAs(counter uint64, size int) Queued {
	q := Queued{
		Device: testDevice, Counter: counter, Conv: testConv, Kind: msgdef.ContentText,
		At: time.UnixMilli(int64(counter) * 1000), Body: bytes.Repeat([]byte{byte(counter)}, size),
	}
	if counter%2 == 0 {
		q.Until = q.At.Add(time.Duration(size) * time.Millisecond)
		q.Extra = (&msgdef.Extra{Reply: counter}).Append(nil)
	}
	return q
}

func wantQueued(t testing.TB, got, want []Queued) {
	t.Helper()
	same := func(a, b Queued) bool {
		return a.Device == b.Device && a.Counter == b.Counter && a.Conv == b.Conv && a.Kind == b.Kind && a.At.Equal(b.At) && a.Until.Equal(b.Until) && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Extra, b.Extra)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Fatalf("%d are kept instead of %d", len(got), len(want))
	}
}

// reload reads a file as the next process does.
func reload(path string) ([]Queued, error) {
	l := &queueLog{path: path}
	defer l.close()
	return l.open()
}

// A file that was cut at any byte holds the messages whose records are whole,
// without a word: Keep has not returned for others.
func TestQueueCutAtEveryByte(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "queue")
	l := &queueLog{path: path}
	must(l.open())
	var ends []int64
	var kept []Queued
	for counter := range uint64(4) {
		q := queuedAs(counter+1, int(counter)*7)
		if err := l.keep(&q); err != nil {
			t.Fatal(err)
		}
		ends, kept = append(ends, l.size), append(kept, q)
	}
	l.close()
	whole := must(os.ReadFile(path))
	cut := filepath.Join(folder, "cut")
	for n := range len(whole) + 1 {
		for _, tail := range []int{0, 1, 40} { // zeros, after a power cut
			if err := os.WriteFile(cut, append(whole[:n:n], make([]byte, tail)...), 0o600); err != nil {
				t.Fatal(err)
			}
			complete := 0
			for complete < len(ends) && ends[complete] <= int64(n) {
				complete++
			}
			if tail == 0 || complete == 0 && n == len(queueLine) || complete > 0 && ends[complete-1] == int64(n) {
				got, err := reload(cut)
				if err != nil {
					t.Fatalf("cut at %d: %v", n, err)
				}
				wantQueued(t, got, kept[:complete])
			}
		}
	}
}

// A file in which any byte is wrong says so once, keeps a copy, and goes on with
// the messages that are whole.
func TestQueueDamagedAtEveryByte(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "queue")
	l := &queueLog{path: path}
	must(l.open())
	kept := []Queued{queuedAs(1, 3), queuedAs(2, 30), queuedAs(3, 0)}
	starts := []int64{int64(len(queueLine))}
	for _, q := range kept {
		if err := l.keep(&q); err != nil {
			t.Fatal(err)
		}
		starts = append(starts, l.size)
	}
	l.close()
	whole := must(os.ReadFile(path))
	for n := range whole {
		for _, bit := range []byte{1, 0x80, 0xff} {
			broken := bytes.Clone(whole)
			broken[n] ^= bit
			if found, err := scanQueue(broken); err != nil || found.damaged == 0 {
				t.Fatalf("byte %d: not noticed, %v", n, err)
			}
			if n%8 != int(bit%8) {
				continue // the disk is slow
			}
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := reload(path); !errors.Is(err, ErrStateDamaged) || !strings.Contains(err.Error(), path) {
				t.Fatalf("byte %d: %v", n, err)
			}
			if aside := must(os.ReadFile(path + ".damaged")); !bytes.Equal(aside, broken) {
				t.Fatalf("byte %d: what was found was not set aside", n)
			}
			var left []Queued
			for i, q := range kept {
				if int64(n) < starts[i] || int64(n) >= starts[i+1] {
					left = append(left, q)
				}
			}
			wantQueued(t, must(reload(path)), left)
		}
	}
}

// A queue does what a list does, over restarts, and its file stays within twice
// what it holds.
func TestQueueAgainstModel(t *testing.T) {
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 2))
		path := filepath.Join(t.TempDir(), "queue")
		l := &queueLog{path: path, lax: true}
		must(l.open())
		var model []Queued
		counter := uint64(0)
		for range 1500 {
			switch n := random.IntN(100); {
			case n < 45:
				counter += 1 + random.Uint64N(3)
				model = append(model, queuedAs(counter, random.IntN(msgdef.MaxBody+1)))
				if err := l.keep(&model[len(model)-1]); err != nil {
					t.Fatal(err)
				}
			case n < 95 && len(model) > 0:
				i := random.IntN(len(model))
				if err := l.drop(model[i].Counter, n < 55); err != nil {
					t.Fatal(err)
				}
				model = slices.Delete(model, i, i+1)
			case n >= 95:
				l.close()
				l = &queueLog{path: path, lax: true}
				wantQueued(t, must(l.open()), model)
			}
			if l.size > 2*l.live+deadQueued+queueRecord {
				t.Fatalf("%d bytes for %d that are kept", l.size, l.live)
			}
		}
		l.close()
	}
}

// TestQueueFileIsBounded refuses what does not fit, and takes it when there is room.
func TestQueueFileIsBounded(t *testing.T) {
	l := &queueLog{path: filepath.Join(t.TempDir(), "queue")}
	must(l.open())
	defer l.close()
	l.live = mostQueued - 100 // as if that much were kept
	q := queuedAs(1, 200)
	if err := l.keep(&q); !errors.Is(err, ErrQueueFull) {
		t.Errorf("beyond the bound: %v", err)
	}
	l.live = 0
	if err := l.keep(&q); err != nil {
		t.Error(err)
	}
}

// TestQueueOfAnotherKind leaves files alone that it does not know.
func TestQueueOfAnotherKind(t *testing.T) {
	for name, text := range map[string]string{
		"another version": "sim queue 2\nwhatever it may hold",
		"another file":    "holiday.jpg",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "queue")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := reload(path); !errors.Is(err, ErrStateDamaged) || !strings.Contains(err.Error(), "another version") {
					t.Errorf("opened: %v", err)
				}
			}
			if left := must(os.ReadFile(path)); string(left) != text {
				t.Errorf("it holds %q now", left)
			}
		})
	}
}

// TestQueueFailsWhole has a disk refuse: nothing is half kept.
func TestQueueFailsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue")
	l := &queueLog{path: path}
	must(l.open())
	first, second := queuedAs(1, 10), queuedAs(2, 10)
	if err := l.keep(&first); err != nil {
		t.Fatal(err)
	}
	l.file.Close() // writes, syncs and truncations fail from here on
	for range 2 {
		if err := l.keep(&second); err == nil {
			t.Error("kept without a file")
		}
	}
	wantQueued(t, must(reload(path)), []Queued{first})
}

func FuzzScanQueue(f *testing.F) {
	q := queuedAs(7, 3)
	f.Add(appendDropped(appendQueued([]byte(queueLine), &q), 9))
	f.Add(appendRecord([]byte(queueLine), []byte{queueMessage, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := scanQueue(b)
		if err != nil {
			return
		}
		again, err := scanQueue(s.file())
		if err != nil || again.damaged != 0 || fmt.Sprint(again.list()) != fmt.Sprint(s.list()) {
			t.Errorf("%d messages became %d, %d damaged, %v", len(s.live), len(again.live), again.damaged, err)
		}
	})
}

// A file of before there was anything beside bodies is read as ever.
func TestQueueOfEarlierVersions(t *testing.T) {
	q := queuedAs(3, 30)
	payload := must(readRecord(appendQueued(nil, &q)))
	old := payload[:len(payload)-1] // without the length of Extra
	path := filepath.Join(t.TempDir(), "queue")
	if err := os.WriteFile(path, appendRecord([]byte(queueLine), old), 0o600); err != nil {
		t.Fatal(err)
	}
	wantQueued(t, must(reload(path)), []Queued{q})
}
