package pebble

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Every key starts with a letter that names its table; integers are
// big-endian, so that keys sort as numbers do. Conversations are 16 bytes,
// everything else 8 unless drawn otherwise.
//
//	key                          bytes   value
//	m conv cseq                  25      encoded msgdef.Message
//	i uid useq                   17      conv cseq                       (24)
//	d uid device counter         25      conv cseq useq                  (32)
//	r uid conv                   25      cseq                            (8)
//	v uid device                 17      cursor seen                     (16)
//	u uid                        9       created nameLength:2 name password
//	n name                       1+n     uid                             (8)
//	s uid                        9       generation flags:1 until reason
//	f id:32                      33      uid device used since, tokens of 48 each
//	j uid device                 17      id:32 expires since             (48)
//	t hash:32                    33      uid expires                     (16)
//	k uid hash:32                41      expires                         (8)
//	e uid device                 17      generation at code:2 stays detail
//	o id                         9       uid device useq at, conv cseq   (32 or 56)
//	g conv                       17      encoded msgdef.Group
//	h name 0x00 conv             18+n    -
//	w conv uid                   25      role:1 since muted              (17)
//	c uid conv                   25      -
//	a conv cseq uid              33      emoji
//	y conv cseq                  25      -; the message is pinned
//	x at conv cseq               33      -; nobody may read the message from then on
//	L uid cseq                   17      at, encoded msgdef.Later
//	T at uid cseq                25      -; what is to be sent then
//	b uid conv                   25      encoded msgdef.TalkState
//	B uid conv cseq              33      -
//	R uid peer                   17      encoded msgdef.Relation
//	U uid                        9       friends:4 asked:4 asking:4 blocked:4 (16)
//	Z conv                       17      bars:1, see store.Bars          (1)
//	P uid                        9       encoded msgdef.UserProfile
//	F name 0x00 kind:1 uid       11+n    -
//	I uid                        9       useq                            (8)
//	C conv                       17      cseq at count                   (24)
//	D uid device                 17      counter                         (8)
//	p uid device                 17      set provider:1 token
//	q provider:1 hash:32         34      uid device                      (16)
//	l region                     1+n     term                            (8)
//	M 0x01 id:16                 18      encoded msgdef.MediaInfo
//	M 0x02 id:16 conv cseq       42      -
//	M 0x03 id:16                 18      since                           (8)
//	M 0x04 id:16                 18      -
//	S 0x01 uid began conn gate   26+n    life device ended end:1 platform:1 address
//	S 0x02 gate 0x00 life        11+n    seen                            (8)
//	G uid                        9       done:1 at                       (9)
//	0x00 "format"                7       format version:2; 2 from the first I, C or D on
//	0x00 "epoch"                 6       epoch                           (8)
//	0x00 "talks"                 6       -; c has a row for every pair
//	0x00 "names"                 6       -; F has a row for every account
//	0x00 "deletions"             10      -; G had a row for every account that was removed
//
// The name of h is folded, see store.Fold, and has no 0x00. Nor has that of F, see
// store.Findable.
//
// The tables of M are: media, the messages that carry them, those that are
// perhaps loose, and those that were dropped; see store.MediaRows.
//
// The tables of S are sessions of users, and the lives of the gates that told of
// them; see store.SignIns. The name of a gate in the second has no 0x00.
//
// seen, created, expires, at, began, ended, until, since of M, and set are Unix milliseconds. The hash of q
// is SHA-256 of the token. t and k are only read and dropped: they are the tokens
// of stores from before there were families.
//
// The bytes from 0x80 on are reserved for tenants, 0x80 tenant:8 followed by one of
// the keys above; the letters alone are the tenant 0.
//
// conv and cseq of o are there when useq is 0.
// I, C and D are floors: what i, m and d had up to there was dropped, with a and y
// of the messages.
//
// A message of a pair costs four keys: m, i for each member, d; the first one also
// c for each. One of a big group costs two, m and d. There are no
// rows for heads: the head of a conversation, an inbox or a device is the last
// key with its prefix, or its floor.
const (
	tableMessage  = 'm'
	tableInbox    = 'i'
	tableSent     = 'd'
	tableRead     = 'r'
	tableDevice   = 'v'
	tableAccount  = 'u'
	tableName     = 'n'
	tableStanding = 's'
	tableFamily   = 'f'
	tableFamilyOf = 'j'
	tableEviction = 'e'
	tableToken    = 't'
	tableTokensOf = 'k'
	tableGroup    = 'g'
	tableListed   = 'h'
	tableMember   = 'w'
	tableTalk     = 'c'
	tableReaction = 'a'
	tablePin      = 'y'
	tableExpiry   = 'x'
	tableLater    = 'L'
	tableLaterAt  = 'T'
	tableSetting  = 'b'
	tableHidden   = 'B'
	tableRelation = 'R'
	tableTally    = 'U'
	tableBars     = 'Z'
	tableProfile  = 'P'
	tableFound    = 'F'
	tableOutbox   = 'o'
	tablePush     = 'p'
	tablePushedTo = 'q'
	tableTerm     = 'l'
	tableMedia    = 'M'
	tableSignIn   = 'S'
	tableDeletion = 'G'
	tableMeta     = 0x00

	// floors
	tableInboxFloor = 'I'
	tableConvFloor  = 'C'
	tableSentFloor  = 'D'
)

// Lengths of keys in bytes.
const (
	messageKeySize  = 1 + 16 + 8
	inboxKeySize    = 1 + 8 + 8
	sentKeySize     = 1 + 8 + 8 + 8
	readKeySize     = 1 + 8 + 16
	deviceKeySize   = 1 + 8 + 8
	accountKeySize  = 1 + 8
	familyKeySize   = 1 + 32
	familyOfKeySize = 1 + 8 + 8
	evictionKeySize = 1 + 8 + 8
	tokenKeySize    = 1 + 32
	tokensOfKeySize = 1 + 8 + 32
	groupKeySize    = 1 + 16
	memberKeySize   = 1 + 16 + 8
	talkKeySize     = 1 + 8 + 16
	reactionKeySize = 1 + 16 + 8 + 8
	pinKeySize      = 1 + 16 + 8
	expiryKeySize   = 1 + 8 + 16 + 8
	laterKeySize    = 1 + 8 + 8
	laterAtKeySize  = 1 + 8 + 8 + 8
	settingKeySize  = 1 + 8 + 16
	hiddenKeySize   = 1 + 8 + 16 + 8
	relationKeySize = 1 + 8 + 8
	tallyKeySize    = 1 + 8
	barsKeySize     = 1 + 16
	profileKeySize  = 1 + 8
	outboxKeySize   = 1 + 8
	pushKeySize     = 1 + 8 + 8
	pushedToKeySize = 1 + 1 + 32
	mediaKeySize    = 1 + 1 + 16
	carriedKeySize  = mediaKeySize + 16 + 8
	deletionKeySize = 1 + 8
	signInKeySize   = 1 + 1 + 8 + 8 + 8 // and the gate
)

func appendMessagePrefix(dst []byte, conv msgdef.Conversation) []byte {
	return append(append(dst, tableMessage), conv[:]...)
}

func appendMessageKey(dst []byte, conv msgdef.Conversation, cseq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendMessagePrefix(dst, conv), cseq)
}

func appendInboxPrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableInbox), uid)
}

func appendInboxKey(dst []byte, uid, useq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendInboxPrefix(dst, uid), useq)
}

func appendSentPrefix(dst []byte, uid, device uint64) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableSent), uid)
	return binary.BigEndian.AppendUint64(dst, device)
}

func appendSentKey(dst []byte, uid, device, counter uint64) []byte {
	return binary.BigEndian.AppendUint64(appendSentPrefix(dst, uid, device), counter)
}

func appendReadKey(dst []byte, uid uint64, conv msgdef.Conversation) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableRead), uid)
	return append(dst, conv[:]...)
}

func appendDevicePrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableDevice), uid)
}

func appendDeviceKey(dst []byte, uid, device uint64) []byte {
	return binary.BigEndian.AppendUint64(appendDevicePrefix(dst, uid), device)
}

func appendAccountKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableAccount), uid)
}

func appendNameKey(dst []byte, name string) []byte {
	return append(append(dst, tableName), name...)
}

func appendStandingKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableStanding), uid)
}

func appendFamilyKey(dst []byte, id [32]byte) []byte {
	return append(append(dst, tableFamily), id[:]...)
}

func appendFamilyOfKey(dst []byte, uid, device uint64) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableFamilyOf), uid)
	return binary.BigEndian.AppendUint64(dst, device)
}

func appendEvictionKey(dst []byte, e store.Eviction) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableEviction), e.UID)
	return binary.BigEndian.AppendUint64(dst, e.Device)
}

func appendTokenKey(dst []byte, hash [32]byte) []byte {
	return append(append(dst, tableToken), hash[:]...)
}

func appendTokensOfKey(dst []byte, uid uint64, hash [32]byte) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableTokensOf), uid)
	return append(dst, hash[:]...)
}

func appendGroupKey(dst []byte, conv msgdef.Conversation) []byte {
	return append(append(dst, tableGroup), conv[:]...)
}

func appendListedPrefix(dst []byte, prefix string) []byte {
	return append(append(dst, tableListed), prefix...)
}

func appendListedKey(dst []byte, at store.Listed) []byte {
	return append(append(appendListedPrefix(dst, at.Name), 0), at.Conv[:]...)
}

func appendMemberPrefix(dst []byte, conv msgdef.Conversation) []byte {
	return append(append(dst, tableMember), conv[:]...)
}

func appendMemberKey(dst []byte, conv msgdef.Conversation, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(appendMemberPrefix(dst, conv), uid)
}

func appendTalkPrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableTalk), uid)
}

func appendTalkKey(dst []byte, uid uint64, conv msgdef.Conversation) []byte {
	return append(appendTalkPrefix(dst, uid), conv[:]...)
}

func appendReactionKey(dst []byte, conv msgdef.Conversation, cseq, uid uint64) []byte {
	dst = binary.BigEndian.AppendUint64(append(append(dst, tableReaction), conv[:]...), cseq)
	return binary.BigEndian.AppendUint64(dst, uid)
}

func appendPinKey(dst []byte, conv msgdef.Conversation, cseq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(append(dst, tablePin), conv[:]...), cseq)
}

func appendExpiryPrefix(dst []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableExpiry), uint64(at))
}

func appendExpiryKey(dst []byte, row *store.ExpiryRow) []byte {
	return binary.BigEndian.AppendUint64(append(appendExpiryPrefix(dst, row.At), row.Conv[:]...), row.CSeq)
}

func appendInboxFloorKey(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableInboxFloor), uid)
}

func appendConversationFloorKey(dst []byte, conv msgdef.Conversation) []byte {
	return append(append(dst, tableConvFloor), conv[:]...)
}

func appendSentFloorKey(dst []byte, of store.Sender) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tableSentFloor), of.UID)
	return binary.BigEndian.AppendUint64(dst, of.Device)
}

func appendOutboxKey(dst []byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tableOutbox), id)
}

func appendPushPrefix(dst []byte, uid uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tablePush), uid)
}

func appendPushKey(dst []byte, uid, device uint64) []byte {
	return binary.BigEndian.AppendUint64(appendPushPrefix(dst, uid), device)
}

func appendPushedToKey(dst []byte, provider msgdef.PushProvider, token []byte) []byte {
	hash := sha256.Sum256(token)
	return append(append(dst, tablePushedTo, byte(provider)), hash[:]...)
}

func appendTermKey(dst []byte, region string) []byte {
	return append(append(dst, tableTerm), region...)
}

func appendMetaKey(dst []byte, name string) []byte {
	return append(append(dst, tableMeta), name...)
}

// appendAfterPrefix appends the smallest key that sorts after every key with
// the prefix. A prefix starts with a table, so it is never all 0xff.
func appendAfterPrefix(dst, prefix []byte) []byte {
	end := len(prefix)
	for end > 0 && prefix[end-1] == 0xff {
		end--
	}
	dst = append(dst, prefix[:end]...)
	if end > 0 {
		dst[len(dst)-1]++
	}
	return dst
}

// firstNumber returns the number after the table.
func firstNumber(key []byte) uint64 {
	return binary.BigEndian.Uint64(key[1:])
}

// lastNumber returns the number a key ends with.
func lastNumber(key []byte) uint64 {
	return binary.BigEndian.Uint64(key[len(key)-8:])
}
