package secure

import (
	"fmt"
	"time"
)

// What one key of one direction may carry by the protocol. Both ends count: the
// sender rekeys in time, and the receiver refuses a key that outlives them.
const (
	MaxKeyRecords uint64        = 1 << 20
	MaxKeyBytes   uint64        = 1 << 30 // plaintext
	MaxKeyAge     time.Duration = time.Hour
)

// Limits is what one key may carry, at most what the protocol allows. The zero
// value is the protocol's. Both ends of a session must agree that a sender
// stays within its receiver's limits, so only tests lower them.
type Limits struct {
	Records uint64        // 0 means MaxKeyRecords
	Bytes   uint64        // of plaintext; 0 means MaxKeyBytes
	Age     time.Duration // from the first record; 0 means MaxKeyAge; the receiver has no clock and does not check it
}

func (l Limits) withDefaults() (Limits, error) {
	if l.Records == 0 {
		l.Records = MaxKeyRecords
	}
	if l.Bytes == 0 {
		l.Bytes = MaxKeyBytes
	}
	if l.Age == 0 {
		l.Age = MaxKeyAge
	}
	if l.Records > MaxKeyRecords || l.Bytes > MaxKeyBytes || l.Age > MaxKeyAge || l.Age < 0 {
		return l, fmt.Errorf("secure: key limits %+v exceed the protocol's", l)
	}
	return l, nil
}
