package secure

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// TestRequest has a gate's keys certified without either private key leaving
// its owner, as text that goes from one to the other.
func TestRequest(t *testing.T) {
	root := ok[*RootKey](t)(NewRootKey(seeded(1)))
	pending := ok[*PendingKey](t)(NewPendingKey(seeded(2)))
	kept := pending.Encode()
	asked := ok[*Request](t)(pending.Request("gate-1"))
	got := ok[*Request](t)(ParseRequest(asked.Encode()))
	if got.Name != "gate-1" || got.Fingerprint() != asked.Fingerprint() {
		t.Errorf("%+v", got)
	}
	terms := Terms{NotBefore: now, NotAfter: now.Add(time.Hour)}
	text := CertificateText(ok[[]byte](t)(root.Sign(got, terms)))

	pending = ok[*PendingKey](t)(ParsePendingKey(kept))
	if _, err := ParseGateKey(kept); !errors.Is(err, ErrNoCertificate) {
		t.Errorf("keys without a certificate: %v", err)
	}
	key := ok[*GateKey](t)(pending.Certified(ok[[]byte](t)(ParseCertificateText(text))))
	key = ok[*GateKey](t)(ParseGateKey(key.Encode()))
	w := &world{tb: t, root: root, gate: key, roots: ok[*Roots](t)(NewRoots(root.Public()))}
	talk(t, w.connect(HybridAESGCM), "certified")

	name, body, err := DescribeCertificate(key.Certificate())
	if err != nil || name != RootName(root.Public()) || body.Serial != uint64(now.UnixMilli()) || body.MinVersion != 1 {
		t.Errorf("%s %+v %v", name, body, err)
	}
	other := ok[*PendingKey](t)(NewPendingKey(seeded(3)))
	if _, err := other.Certified(key.Certificate()); !errors.Is(err, ErrOtherKey) {
		t.Errorf("the certificate of others: %v", err)
	}
	if again := ok[*PendingKey](t)(ParsePendingKey(key.Encode())); !bytes.Equal(again.Encode(), kept) {
		t.Error("a gate key's keys are others")
	}
}

// TestARequestBelongsToItsKeys refuses one that somebody changed, or made for
// keys of somebody else, or that asks for terms.
func TestARequestBelongsToItsKeys(t *testing.T) {
	pending := ok[*PendingKey](t)(NewPendingKey(seeded(2)))
	asked := ok[*Request](t)(pending.Request("gate-1"))
	packed := ok[[]byte](t)(parseLine("", requestPrefix, asked.Encode()))
	for bit := range 8 * len(packed) {
		changed := line(requestPrefix, flip(packed, bit))
		if r, err := ParseRequest(changed); err == nil && r.Fingerprint()+r.Name != asked.Fingerprint()+asked.Name {
			t.Fatalf("bit %d may be changed", bit)
		}
	}
	body := asked.body()
	body.MinVersion = 1
	c := msgdef.Certificate{Body: body.Append(nil)}
	if _, err := ParseRequest(line(requestPrefix, c.Append(nil))); err == nil || !strings.Contains(err.Error(), "terms") {
		t.Errorf("with terms: %v", err)
	}
	for _, name := range []string{"", strings.Repeat("x", 65)} {
		if _, err := pending.Request(name); err == nil {
			t.Errorf("a name of %d bytes", len(name))
		}
	}
	root := ok[*RootKey](t)(NewRootKey(seeded(1)))
	if _, err := root.Sign(asked, Terms{NotBefore: now, NotAfter: now.Add(-time.Second)}); err == nil {
		t.Error("ends before it begins")
	}
}

// TestMinVersionIsSigned makes a certificate that this version's clients refuse.
func TestMinVersionIsSigned(t *testing.T) {
	w := newWorld(t)
	pending := ok[*PendingKey](t)(NewPendingKey(seeded(2)))
	terms := Terms{NotBefore: now, NotAfter: now.Add(time.Hour), MinVersion: Version + 1}
	w.gate = ok[*GateKey](t)(pending.Certified(ok[[]byte](t)(w.root.Sign(ok[*Request](t)(pending.Request("g")), terms))))
	if err := w.replyTo(ClientConfig{}); !errors.Is(err, ErrMinVersion) {
		t.Errorf("the client says %v", err)
	}
}

// TestTicketKeysTakeTurns brings in a key behind the other, seals with it, and
// lets go of the other.
func TestTicketKeysTakeTurns(t *testing.T) {
	old := ok[*TicketKeys](t)(NewTicketKeys(seeded(1)))
	added := ok[*TicketKeys](t)(NewTicketKeys(seeded(2)))
	name := added.Names()[0]
	both := added.With(old)
	if _, known := both.First("0000000000000000"); known || both.Names()[1] != name {
		t.Errorf("%v", both)
	}
	used, known := both.First(name)
	if !known || used.Names()[0] != name || len(used.Names()) != 2 || both.Names()[1] != name {
		t.Errorf("%v", used)
	}
	id, body := [16]byte{9}, &msgdef.TicketBody{UID: 2, Suite: 1}
	box := ok[[]byte](t)(old.Seal(id, body))
	if _, err := used.Open(id, box); err != nil {
		t.Errorf("what the old key sealed: %v", err)
	}
	if _, err := used.Only().Open(id, box); !errors.Is(err, ErrNoTicket) || len(used.Only().Names()) != 1 {
		t.Errorf("without the old key: %v", err)
	}
}
