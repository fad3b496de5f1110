package msgdef

import "encoding/binary"

// FirstApplicationType is the lowest of the types that msgdef leaves to
// applications. A gate passes their frames on without looking into them.
const FirstApplicationType = 0x8000

// Conversation names a conversation: 16 bytes, big-endian. A pair is
// min(uid) ‖ max(uid), so its members follow from its name. A group is
// 0 ‖ group id, a user's own stream is the greatest user id ‖ uid; these two user
// ids belong to nobody.
type Conversation = [16]byte

// nobody is the greatest user id.
const nobody = ^uint64(0)

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
	return a, b, a != 0 && a <= b && a != nobody
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

// GroupConv returns the conversation of the group with an id. Who founds a group
// draws the id at random from 1.
func GroupConv(id uint64) (conv Conversation) {
	binary.BigEndian.PutUint64(conv[8:], id)
	return conv
}

// GroupID returns the id of a group. ok is false for a pair and for a name that
// no group can have.
func GroupID(conv Conversation) (id uint64, ok bool) {
	id = binary.BigEndian.Uint64(conv[8:])
	return id, binary.BigEndian.Uint64(conv[:8]) == 0 && id != 0
}

// Stream returns the conversation that a user has with the system alone: only they
// write to it and read it.
func Stream(uid uint64) (conv Conversation) {
	binary.BigEndian.PutUint64(conv[:8], nobody)
	binary.BigEndian.PutUint64(conv[8:], uid)
	return conv
}

// StreamOwner returns whose stream a conversation is. ok is false for pairs and
// groups and for a name that no stream can have.
func StreamOwner(conv Conversation) (uid uint64, ok bool) {
	uid = binary.BigEndian.Uint64(conv[8:])
	return uid, binary.BigEndian.Uint64(conv[:8]) == nobody && uid != 0 && uid != nobody
}
