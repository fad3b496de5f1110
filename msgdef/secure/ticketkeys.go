package secure

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sim-im/sim/msgdef"
)

// ticketKeyPrefix begins each line of a file of ticket keys; the rest is the
// base64 of 32 bytes.
const ticketKeyPrefix = "sim-ticket-key-v1 "

// maxTicketKeys bounds the keys of a file.
const maxTicketKeys = 16

// TicketKeys seal what gates remember of sessions, so that who reads or writes
// the registry can neither resume a session nor make one up. All gates of a
// region have the same. The first key seals, every key opens: a new one is put
// behind the others first, and in front when all gates have it. It does not
// change once made and is safe for concurrent use.
//
// A box is 8 bytes that name the key, and the AES-256-GCM of the encoded
// TicketBody. Each ticket has a key of its own, derived from its id, which is
// random and never used twice; so the nonce is zero.
type TicketKeys struct {
	keys []ticketKey
}

// ticketKey is a key and what it is called.
type ticketKey struct {
	secret
	name [boxName]byte
}

// NewTicketKeys draws one key from rand.
func NewTicketKeys(rand io.Reader) (*TicketKeys, error) {
	var key secret
	if _, err := io.ReadFull(rand, key[:]); err != nil {
		return nil, fmt.Errorf("secure: randomness: %w", err)
	}
	return &TicketKeys{[]ticketKey{key.named()}}, nil
}

// ParseTicketKeys reads what Encode wrote: a key in each line. Empty lines and
// those that begin with # are passed over. The error names every wrong line.
func ParseTicketKeys(text []byte) (*TicketKeys, error) {
	var k TicketKeys
	var errs []error
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseTicketKey(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("secure: ticket keys: line %d: %w", i+1, err))
			continue
		}
		k.keys = append(k.keys, key.named())
	}
	switch {
	case len(errs) > 0:
	case len(k.keys) == 0:
		errs = append(errs, errors.New("secure: ticket keys: there is none"))
	case len(k.keys) > maxTicketKeys:
		errs = append(errs, fmt.Errorf("secure: ticket keys: %d keys, at most %d are of use", len(k.keys), maxTicketKeys))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &k, nil
}

func parseTicketKey(line string) (secret, error) {
	encoded, ok := strings.CutPrefix(line, ticketKeyPrefix)
	if !ok {
		return secret{}, fmt.Errorf("it does not begin with %q", ticketKeyPrefix)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != len(secret{}) || secret(raw) == (secret{}) {
		return secret{}, fmt.Errorf("not the base64 of %d random bytes", len(secret{}))
	}
	return secret(raw), nil
}

// Encode returns the keys as lines of text. It is secret: the file it goes to
// has mode 0600.
func (k *TicketKeys) Encode() []byte {
	var text []byte
	for _, key := range k.keys {
		text = append(text, line(ticketKeyPrefix, key.secret[:])...)
	}
	return text
}

// With returns keys that first seal as other does, and open what either seals.
func (k *TicketKeys) With(other *TicketKeys) *TicketKeys {
	return &TicketKeys{slices.Concat(other.keys, k.keys)}
}

// First returns keys that seal with the one of a name, which comes in front of
// the others. ok is false when there is none.
func (k *TicketKeys) First(name string) (first *TicketKeys, ok bool) {
	i := slices.Index(k.Names(), name)
	if i < 0 {
		return nil, false
	}
	keys := slices.Delete(slices.Clone(k.keys), i, i+1)
	return &TicketKeys{slices.Insert(keys, 0, k.keys[i])}, true
}

// Only returns the key that seals, without the others: what they sealed opens
// no more.
func (k *TicketKeys) Only() *TicketKeys { return &TicketKeys{slices.Clone(k.keys[:1])} }

// Names returns what the keys are called, 16 hexadecimal digits each, in their
// order. They tell nothing of the keys.
func (k *TicketKeys) Names() []string {
	names := make([]string, len(k.keys))
	for i := range k.keys {
		names[i] = fmt.Sprintf("%x", k.keys[i].name)
	}
	return names
}

// String names the keys without telling them.
func (k *TicketKeys) String() string { return "ticket keys " + strings.Join(k.Names(), ", ") }

// boxName is the length of a key's name.
const boxName = 8

// named gives a key the name that tells keys apart and nothing about them.
func (s *secret) named() ticketKey {
	sum := sha256.Sum256(append([]byte("sim ticket key name v1\x00"), s[:]...))
	return ticketKey{*s, [boxName]byte(sum[:])}
}

// box returns the cipher of one ticket.
func (s *secret) box(id [ticketSize]byte) (cipher.AEAD, error) {
	key := s.mac([]byte(labelBox), id[:], []byte{1})
	return ClassicalAESGCM.aead(key[:])
}

// Seal returns the box of a ticket. An id must never be used twice.
func (k *TicketKeys) Seal(id [16]byte, body *msgdef.TicketBody) ([]byte, error) {
	aead, err := k.keys[0].box(id)
	if err != nil {
		return nil, err
	}
	plain := body.Append(make([]byte, 0, body.Size()))
	box := append(make([]byte, 0, boxName+len(plain)+recordTag), k.keys[0].name[:]...)
	return aead.Seal(box, make([]byte, aead.NonceSize()), plain, nil), nil
}

// Open returns what is in the box of a ticket. ErrNoTicket is for one that was
// changed, belongs to another ticket, or was sealed by keys not known here.
func (k *TicketKeys) Open(id [16]byte, box []byte) (*msgdef.TicketBody, error) {
	if len(box) < boxName {
		return nil, ErrNoTicket
	}
	for i := range k.keys {
		if k.keys[i].name != [boxName]byte(box) {
			continue
		}
		aead, err := k.keys[i].box(id)
		if err != nil {
			return nil, err
		}
		plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), box[boxName:], nil)
		if err != nil {
			return nil, ErrNoTicket
		}
		var body msgdef.TicketBody
		if err := body.Decode(plain); err != nil {
			return nil, fmt.Errorf("%w: TicketBody: %w", ErrNoTicket, err)
		}
		return &body, nil
	}
	return nil, ErrNoTicket
}
