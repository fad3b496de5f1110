package msgdef

import "encoding/binary"

// FirstApplicationType is the lowest of the types that msgdef leaves to
// applications. A gate passes their frames on without looking into them.
const FirstApplicationType = 0x8000

// Conversation names a conversation: 16 bytes, big-endian. A pair is
// min(uid) ‖ max(uid), so its members follow from its name. A group is
// 0 ‖ group id; user id 0 belongs to nobody.
type Conversation = [16]byte

// Pair returns the conversation of users a and b. The order does not matter;
// a user may write to themself.
func Pair(a, b uint64) (conv Conversation) {
	if a > b {
		a, b = b, a
	}
	binary.BigEndian.PutUint64(conv[:8], a)
	binary.BigEndian.PutUint64(conv[8:], b)
	return conv
}

// PairMembers returns the two users of a pair, the smaller id first. ok is
// false for a group and for a name that no pair can have.
func PairMembers(conv Conversation) (a, b uint64, ok bool) {
	a = binary.BigEndian.Uint64(conv[:8])
	b = binary.BigEndian.Uint64(conv[8:])
	return a, b, a != 0 && a <= b
}

// Peer returns the other member of a pair that uid belongs to. ok is false
// when conv is no pair or uid is not in it.
func Peer(conv Conversation, uid uint64) (peer uint64, ok bool) {
	a, b, ok := PairMembers(conv)
	switch {
	case !ok:
		return 0, false
	case uid == a:
		return b, true
	case uid == b:
		return a, true
	}
	return 0, false
}
