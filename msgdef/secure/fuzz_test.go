package secure

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// FuzzHello feeds a gate. It answers, refuses or fails, and what it answers is
// a packet a client can measure.
func FuzzHello(f *testing.F) {
	w := newWorld(f)
	s := w.server(4)
	for _, suite := range suites() {
		f.Add(w.client(suite, 3).Hello())
	}
	f.Add([]byte("SIM\x02\x01\x01"))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		n, err := HelloSize(packet)
		if err != nil || n > len(packet) {
			if n != 0 {
				t.Fatalf("size %d of %d, %v", n, len(packet), err)
			}
			return
		}
		reply, session, err := s.Hello(packet[:n])
		if (session == nil) != (err != nil) {
			t.Fatalf("session %v with %v", session, err)
		}
		if size, err := ReplySize(reply); reply != nil && (size != len(reply) || err != nil) {
			t.Fatalf("reply of %d bytes measures %d, %v", len(reply), size, err)
		}
	})
}

// FuzzReply feeds a client, which must never make a session of anything but
// the true reply.
func FuzzReply(f *testing.F) {
	w := newWorld(f)
	genuine := map[Suite][]byte{}
	for _, suite := range suites() {
		_, genuine[suite], _ = w.transcript(suite)
		f.Add(byte(suite), genuine[suite])
	}
	f.Add(byte(1), AppendRefusal(nil, &msgdef.Refusal{Code: msgdef.CodeBusy, Suites: []byte{3}}))
	f.Fuzz(func(t *testing.T, suite byte, packet []byte) {
		s := Suite(suite%4 + 1)
		session, err := w.in(t).client(s, 3).Reply(packet)
		if err == nil && !bytes.Equal(packet, genuine[s]) {
			t.Fatal("a session with whoever made this reply")
		}
		if (session == nil) != (err != nil) {
			t.Fatalf("session %v with %v", session, err)
		}
	})
}

// FuzzTLSReply feeds a client inside TLS.
func FuzzTLSReply(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte{kindHandshake, 0, 0})
	f.Add(AppendRefusal(nil, &msgdef.Refusal{Code: msgdef.CodeBusy, Versions: []byte{1}, Suites: []byte{3}, RetryAfter: 9}))
	f.Fuzz(func(t *testing.T, packet []byte) {
		n, err := TLSReplySize(packet)
		if err != nil || n == 0 {
			return
		}
		err = w.in(t).tlsClient(ClientConfig{Suite: ClassicalAESGCM}, export).Reply(packet[:n])
		var refused *RefusedError
		if (packet[0] == kindHandshake) != (err == nil) || err != nil && !errors.As(err, &refused) && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%x: %v", packet[:n], err)
		}
	})
}

// FuzzServerHello feeds a client true Noise messages with a payload that the
// gate holding the certified key should not have sent.
func FuzzServerHello(f *testing.F) {
	w := newWorld(f)
	honest := msgdef.ServerHello{Certificate: w.gate.Certificate()}
	f.Add(byte(3), honest.Append(nil))
	f.Add(byte(1), honest.Append(nil))
	honest.Ciphertext = make([]byte, 1088)
	f.Add(byte(1), honest.Append(nil))
	f.Fuzz(func(t *testing.T, suite byte, payload []byte) {
		if len(payload) > 2048 {
			return
		}
		_, _ = w.in(t).replyWith(Suite(suite%4+1), payload)
	})
}

// FuzzCertificate feeds the verifier, which must accept the one certificate
// there is and nothing else.
func FuzzCertificate(f *testing.F) {
	w := newWorld(f)
	f.Add(w.gate.Certificate())
	f.Fuzz(func(t *testing.T, certificate []byte) {
		body, err := w.roots.Verify(certificate, now)
		if err == nil && body != w.gate.Body() {
			t.Fatalf("accepted %+v", body)
		}
	})
}

// FuzzOpen feeds an Opener bytes from the network behind a true record.
func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	e := w.bound(HybridAESGCM)
	first := seal(f, &e.client.Out, text("first"))
	second := seal(f, &e.client.Out, text("second"))
	fresh := e.server.In
	f.Add(second)
	f.Add(slices.Concat(second, second))
	f.Add([]byte{17, 0})
	f.Add([]byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		in := fresh
		if got, err := receive(&in, first); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		got, _ := receive(&in, b)
		if len(got) > 0 && !bytes.HasPrefix(b, second) {
			t.Fatalf("read %q from forged bytes", got)
		}
	})
}

// FuzzNext feeds an Opener plaintext from a peer that holds the keys.
func FuzzNext(f *testing.F) {
	e := newWorld(f).bound(HybridAESGCM)
	fresh := *e.server
	f.Add(text("a frame"))
	f.Add(append(text("padded"), 0, 0, 0))
	f.Add(slices.Concat(text("x"), keyUpdate(), []byte{0}))
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) == 0 || len(plain) > MaxPlaintext {
			return
		}
		in, out := fresh.In, e.client.Out
		b := append(out.seal(nil, text("x")), out.seal(nil, plain)...)
		got, err := receive(&in, b)
		total := 0
		for _, body := range got[1:] {
			total += 4 + len(body)
		}
		if total > len(plain) || (err == nil) != (in.failure() == nil) {
			t.Fatalf("%d bytes of frames from %d, %v and %v", total, len(plain), err, in.failure())
		}
	})
}

// FuzzParseRoots checks that what was read survives being written.
func FuzzParseRoots(f *testing.F) {
	f.Add(newWorld(f).roots.JSON())
	f.Add([]byte(`{"roots":[{"key":"AAAA","min_serial":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		roots, err := ParseRoots(text)
		if err != nil {
			return
		}
		again, err := ParseRoots(roots.JSON())
		if err != nil || !bytes.Equal(again.JSON(), roots.JSON()) {
			t.Fatalf("%s does not survive: %v", roots.JSON(), err)
		}
	})
}

// FuzzParseKeys feeds the readers of key files.
func FuzzParseKeys(f *testing.F) {
	w := newWorld(f)
	f.Add(w.gate.Encode())
	f.Add(w.root.Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		if gate, err := ParseGateKey(text); err == nil {
			ok[*GateKey](t)(ParseGateKey(gate.Encode()))
		}
		if root, err := ParseRootKey(text); err == nil {
			ok[*RootKey](t)(ParseRootKey(root.Encode()))
		}
	})
}
