package secure

import (
	"io"
	"sync"
	"time"

	"github.com/cloudflare/circl/dh/x25519"
	fp "github.com/cloudflare/circl/math/fp25519"
)

// ephemerals makes keys that a gate uses once, to resume one session each, for a
// twentieth of what generateKeyPair takes: many at a time, whose private keys
// count on from a random number.
//
// To agree with one of them on a secret is as hard as with a key of its own: who
// had a way to it could take it to any X25519 key, whose neighbours everybody can
// compute. But who finds one private key in memory has its neighbours. So a batch
// is erased soon, and a full handshake has a key of its own: a resumed session
// rests on the secret of its ticket, too.
type ephemerals struct {
	random  io.Reader
	batches sync.Pool // of *keyBatch; nearly always one for each processor
}

const (
	// batchKeys is how many keys a batch has; batchLife, how long they may be
	// in memory.
	batchKeys = 64
	batchLife = time.Second
)

// draw returns a key that nobody has had.
func (e *ephemerals) draw() (keyPair, error) {
	b, _ := e.batches.Get().(*keyBatch)
	if b == nil {
		b = new(keyBatch)
	}
	defer e.batches.Put(b)
	return b.draw(e.random)
}

// keyBatch is some keys whose private keys are
//
//	first, first + 8, first + 16, …
//
// as the three lowest bits of an X25519 key are 0. Six bits of first are 0, too,
// so that nothing is carried; 245 are random.
type keyBatch struct {
	mu      sync.Mutex
	first   x25519.Key
	publics [batchKeys]x25519.Key
	used    int         // all, when there are none
	expiry  *time.Timer // nil until there were some
}

// draw takes a key, and makes new ones first if there is none.
func (b *keyBatch) draw(random io.Reader) (pair keyPair, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.expiry == nil || b.used == batchKeys {
		if err := b.fill(random); err != nil {
			return keyPair{}, err
		}
	}
	pair = keyPair{private: b.private(b.used), public: b.publics[b.used]}
	b.used++
	return pair, nil
}

// private is the private key of the ith.
func (b *keyBatch) private(i int) x25519.Key {
	k := b.first
	k[0] |= byte(i << 3)
	k[1] |= byte(i >> 5)
	return k
}

// fill makes keys.
func (b *keyBatch) fill(random io.Reader) error {
	if _, err := io.ReadFull(random, b.first[:]); err != nil {
		return err
	}
	b.first[0], b.first[1] = 0, b.first[1]&^1
	b.first[31] = b.first[31]&0x7f | 0x40 // as X25519 has all keys
	for i := range 2 {
		k := b.private(i)
		x25519.KeyGen(&b.publics[i], &k)
	}
	b.follow()
	b.used = 0
	if b.expiry == nil {
		b.expiry = time.AfterFunc(batchLife, b.erase)
	} else {
		b.expiry.Reset(batchLife)
	}
	return nil
}

// follow finds all public keys from the first two: each is the one before and
// eight times the base point, and their difference is known.
func (b *keyBatch) follow() {
	points, step := [batchKeys]point{{x: fp.Elt(b.publics[0])}, {x: fp.Elt(b.publics[1])}}, point{x: fp.Elt{9}}
	for _, p := range []*point{&points[0], &points[1], &step} {
		fp.SetOne(&p.z)
	}
	for range 3 {
		step.double()
	}
	for i := 2; i < batchKeys; i++ {
		points[i].add(&points[i-1], &step, &points[i-2])
	}
	divide(points[2:], b.publics[2:])
}

// erase forgets what was not used.
func (b *keyBatch) erase() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.first, b.used = x25519.Key{}, batchKeys
}

// point is one of Curve25519 without its sign: u = x/z. The formulas are those of
// P. L. Montgomery, "Speeding the Pollard and elliptic curve methods of
// factorization", Mathematics of Computation 48 (1987), page 261. They take no
// decision by what they are given.
type point struct{ x, z fp.Elt }

// double doubles p.
func (p *point) double() {
	var sum, difference, product, t fp.Elt
	fp.Add(&sum, &p.x, &p.z)
	fp.Sqr(&sum, &sum)
	fp.Sub(&difference, &p.x, &p.z)
	fp.Sqr(&difference, &difference)
	fp.Sub(&product, &sum, &difference)             // 4xz
	fp.Mul(&t, &product, &fp.Elt{0x42, 0xdb, 0x01}) // 121666, a quarter of the curve's coefficient and 2
	fp.Add(&t, &t, &difference)
	fp.Mul(&p.x, &sum, &difference)
	fp.Mul(&p.z, &product, &t)
}

// add makes p the sum of a and b, whose difference is c.
func (p *point) add(a, b, c *point) {
	var left, right, t fp.Elt
	fp.Sub(&left, &a.x, &a.z)
	fp.Add(&t, &b.x, &b.z)
	fp.Mul(&left, &left, &t)
	fp.Add(&right, &a.x, &a.z)
	fp.Sub(&t, &b.x, &b.z)
	fp.Mul(&right, &right, &t)
	fp.AddSub(&left, &right) // sum and difference
	fp.Sqr(&left, &left)
	fp.Sqr(&right, &right)
	fp.Mul(&p.x, &left, &c.z)
	fp.Mul(&p.z, &right, &c.x)
}

// divide finds the bytes of points, with one inversion for all (of the
// same paper, page 260): from the product of all z, inverted, each takes
// the others out.
func divide(points []point, us []x25519.Key) {
	before := make([]fp.Elt, len(points)) // the product of the z before each
	var all, inverse, u fp.Elt
	fp.SetOne(&all)
	for i := range points {
		before[i] = all
		fp.Mul(&all, &all, &points[i].z)
	}
	fp.Inv(&all, &all)
	for i := len(points) - 1; i >= 0; i-- {
		fp.Mul(&inverse, &all, &before[i])
		fp.Mul(&all, &all, &points[i].z)
		fp.Mul(&u, &points[i].x, &inverse)
		_ = fp.ToBytes(us[i][:], &u) // fails for other sizes only
	}
}
