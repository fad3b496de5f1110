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
//	f id:32                      33      uid device used, tokens of 48 each
//	j uid device                 17      id:32 expires                   (40)
//	t hash:32                    33      uid expires                     (16)
//	k uid hash:32                41      expires                         (8)
//	e uid device                 17      generation at code:2 detail
//	o id                         9       uid device useq at              (32)
//	p uid device                 17      set provider:1 token
//	q provider:1 hash:32         34      uid device                      (16)
//	l region                     1+n     term                            (8)
//	0x00 "format"                7       format version:2
//	0x00 "epoch"                 6       epoch                           (8)
//
// seen, created, expires, at, until and set are Unix milliseconds. The hash of q
// is SHA-256 of the token. t and k are only read and dropped: they are the tokens
// of stores from before there were families.
//
// Reserved: g (group members), x (expiry). The bytes from 0x80 on
// are reserved for tenants, 0x80 tenant:8 followed by one of the keys above;
// the letters alone are the tenant 0.
//
// A message of a pair costs four keys: m, i for each member, d. There are no
// rows for heads: the head of a conversation, an inbox or a device is the last
// key with its prefix.
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
	tableOutbox   = 'o'
	tablePush     = 'p'
	tablePushedTo = 'q'
	tableTerm     = 'l'
	tableMeta     = 0x00
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
	outboxKeySize   = 1 + 8
	pushKeySize     = 1 + 8 + 8
	pushedToKeySize = 1 + 1 + 32
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
