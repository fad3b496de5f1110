package secure

import (
	"bytes"
	"errors"
	"testing"
)

func TestTruncatedPacketsNeedMore(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		c := w.client(suite, 3)
		reply, _, _ := w.server(4).Hello(c.Hello())
		for _, p := range []struct {
			name   string
			packet []byte
			size   func([]byte) (int, error)
		}{{"hello", c.Hello(), HelloSize}, {"reply", reply, ReplySize}} {
			for n := range p.packet {
				if got, err := p.size(p.packet[:n]); got != 0 || err != nil {
					t.Fatalf("%v %s, %d bytes: %d, %v", suite, p.name, n, got, err)
				}
			}
			longer := append(bytes.Clone(p.packet), "what follows"...)
			if got, err := p.size(longer); got != len(p.packet) || err != nil {
				t.Errorf("%v %s: %d, %v; want %d", suite, p.name, got, err, len(p.packet))
			}
		}
	}
}

func TestGarbageIsKnownAtItsFirstByte(t *testing.T) {
	for _, c := range []struct {
		name string
		size func([]byte) (int, error)
		good []byte
		bad  byte
	}{
		{"HTTP", HelloSize, nil, 'G'},
		{"magic 2", HelloSize, []byte("S"), 'S'},
		{"magic 3", HelloSize, []byte("SI"), 'P'},
		{"length above the limit", HelloSize, []byte{'S', 'I', 'M', 1, 1, 1, 1}, 0x10},
		{"length of no key", HelloSize, []byte{'S', 'I', 'M', 1, 1, 1, 31}, 0},
		{"kind", ReplySize, nil, 3},
		{"reply of nothing", ReplySize, []byte{1, 0}, 0},
		{"reply above the limit", ReplySize, []byte{2, 1}, 0x10},
	} {
		if n, err := c.size(c.good); n != 0 || err != nil {
			t.Errorf("%s: before the byte: %d, %v", c.name, n, err)
		}
		if n, err := c.size(append(c.good, c.bad)); n != 0 || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %d, %v", c.name, n, err)
		}
	}
}

func TestPacketsAreTakenWhole(t *testing.T) {
	w := newWorld(t)
	hello := w.client(ClassicalAESGCM, 3).Hello()
	for name, packet := range map[string][]byte{
		"nothing": nil, "a part": hello[:len(hello)-1], "more": append(bytes.Clone(hello), 0),
	} {
		if _, _, err := w.server(4).Hello(packet); !errors.Is(err, ErrMalformed) {
			t.Errorf("hello, %s: %v", name, err)
		}
		if _, err := w.client(ClassicalAESGCM, 3).Reply(packet); !errors.Is(err, ErrMalformed) {
			t.Errorf("reply, %s: %v", name, err)
		}
	}
}
