package secure

import (
	"errors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Opener turns the records of one direction back into frames. It is not safe
// for concurrent use, but it may be used while another goroutine uses the
// Sealer of the same session. Its zero value is dead; a handshake makes it.
//
//	for len(b) > 0 {
//		n, err := in.Open(b)   // n == 0: keep b and read more behind it
//		f, ok, err := in.Next() // until ok is false; f aliases b
//		b = b[n:]
//	}
//
// The first error of Open or Next is final: every later call returns it.
type Opener struct {
	traffic
}

// Open decrypts the record that b begins with in place and returns its length
// n. n == 0 with a nil error means that b does not hold all of it yet. The
// frames of the record are b's bytes and are read with Next, to the end,
// before the next call.
//
// It returns ErrMalformed for a length no record has, as soon as two bytes
// are there; ErrAuth for a record that was changed, moved, repeated or is
// under another key; ErrKeyLimit when the peer should have rekeyed.
func (o *Opener) Open(b []byte) (n int, err error) {
	if err := o.failure(); err != nil {
		return 0, err
	}
	n, err = recordSize(b, int(o.most))
	if err != nil {
		return 0, o.fail(err)
	}
	if n == 0 {
		return 0, nil
	}
	if err := o.open(b[:n]); err != nil {
		return 0, o.fail(err)
	}
	return n, nil
}

func (o *Opener) open(record []byte) error {
	if len(o.unread()) > 0 {
		return ErrUnread
	}
	// The record that follows the last one within the limits is a KeyUpdate.
	if limits := &o.policy.limits; uint64(o.records) > limits.Records || uint64(o.bytes) >= limits.Bytes+MaxPlaintext {
		return ErrKeyLimit
	}
	aead, err := o.wake()
	if err != nil {
		return err
	}
	header, sealed := record[:recordHeader], record[recordHeader:]
	plain, err := aead.Open(sealed[:0], aead.nonceOf(o.records), sealed, header)
	if err != nil {
		return ErrAuth
	}
	o.count(len(plain))
	aead.unread = plain
	return nil
}

// unread returns what is left of the last record's plaintext. The direction
// lives.
func (o *Opener) unread() []byte {
	if o.work == nil {
		return nil
	}
	return o.work.unread
}

// Next returns the next frame of the last record; ok is false when there is
// none. f aliases the buffer given to Open. Padding is checked and KeyUpdate
// acted upon inside. It returns ErrMalformed for bytes no sender writes.
func (o *Opener) Next() (f frame.Frame, ok bool, err error) {
	if err := o.failure(); err != nil {
		return frame.Frame{}, false, err
	}
	f, rest, err := frame.Next(o.unread())
	if o.work != nil {
		o.work.unread = rest
	}
	switch {
	case errors.Is(err, frame.ErrEnd):
		return frame.Frame{}, false, nil
	case err != nil:
		return frame.Frame{}, false, o.fail(ErrMalformed)
	case f.Type == msgdef.TypeKeyUpdate:
		return frame.Frame{}, false, o.keyUpdate()
	}
	return f, true, nil
}

// keyUpdate installs the next key after the last frame under the old one. The
// first record of a key may not end it, or a peer could make us derive keys
// with every few bytes it sends.
func (o *Opener) keyUpdate() error {
	if err := o.end(); err != nil {
		return err
	}
	if o.records < 2 {
		return o.fail(ErrMalformed)
	}
	o.install(o.secret.next())
	return nil
}

// end fails unless the last record has nothing but padding left.
func (o *Opener) end() error {
	if err := o.failure(); err != nil {
		return err
	}
	if _, _, err := frame.Next(o.unread()); !errors.Is(err, frame.ErrEnd) {
		return o.fail(ErrMalformed)
	}
	return nil
}
