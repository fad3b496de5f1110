// Package mus is the messages written with the serializers of
// github.com/mus-format/mus-go, as its documentation does where no generator is
// at hand. Numbers are of fixed width.
package mus

import (
	"github.com/mus-format/mus-go/ord"
	"github.com/mus-format/mus-go/raw"
	"github.com/mus-format/mus-go/unsafe"
	"github.com/mus-format/mus-go/varint"
)

// Chat is a message of a conversation.
type Chat struct {
	ID           int64
	Conversation uint64
	From         int64
	To           int64
	Kind         uint8
	Flags        uint8
	At           int64
	Client       string
	Body         []byte
}

// Small has three numbers.
type Small struct {
	A, B, C int64
}

// Chats is a list.
type Chats struct {
	Items []Chat
}

// Size returns how many bytes Marshal writes.
func (m *Chat) Size() int {
	return 42 + ord.String.Size(m.Client) + ord.ByteSlice.Size(m.Body)
}

// Marshal writes m to b and returns how many bytes that took.
func (m *Chat) Marshal(b []byte) int {
	n := raw.Int64.Marshal(m.ID, b)
	n += raw.Uint64.Marshal(m.Conversation, b[n:])
	n += raw.Int64.Marshal(m.From, b[n:])
	n += raw.Int64.Marshal(m.To, b[n:])
	n += raw.Uint8.Marshal(m.Kind, b[n:])
	n += raw.Uint8.Marshal(m.Flags, b[n:])
	n += raw.Int64.Marshal(m.At, b[n:])
	n += ord.String.Marshal(m.Client, b[n:])
	return n + ord.ByteSlice.Marshal(m.Body, b[n:])
}

// Unmarshal reads m and copies what it keeps.
func (m *Chat) Unmarshal(b []byte) (n int, err error) {
	n, err = m.fixed(b)
	if err != nil {
		return n, err
	}
	var k int
	m.Client, k, err = ord.String.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.Body, k, err = ord.ByteSlice.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	return n, nil
}

// UnmarshalUnsafe reads m; strings and bytes point into b.
func (m *Chat) UnmarshalUnsafe(b []byte) (n int, err error) {
	n, err = m.fixed(b)
	if err != nil {
		return n, err
	}
	var k int
	m.Client, k, err = unsafe.String.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.Body, k, err = unsafe.ByteSlice.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	return n, nil
}

func (m *Chat) fixed(b []byte) (n int, err error) {
	if m.ID, n, err = raw.Int64.Unmarshal(b); err != nil {
		return n, err
	}
	var k int
	m.Conversation, k, err = raw.Uint64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.From, k, err = raw.Int64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.To, k, err = raw.Int64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.Kind, k, err = raw.Uint8.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.Flags, k, err = raw.Uint8.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.At, k, err = raw.Int64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	return n, nil
}

// Size returns how many bytes Marshal writes.
func (m *Small) Size() int { return 24 }

// Marshal writes m to b and returns how many bytes that took.
func (m *Small) Marshal(b []byte) int {
	n := raw.Int64.Marshal(m.A, b)
	n += raw.Int64.Marshal(m.B, b[n:])
	return n + raw.Int64.Marshal(m.C, b[n:])
}

// Unmarshal reads m.
func (m *Small) Unmarshal(b []byte) (n int, err error) {
	if m.A, n, err = raw.Int64.Unmarshal(b); err != nil {
		return n, err
	}
	var k int
	m.B, k, err = raw.Int64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	m.C, k, err = raw.Int64.Unmarshal(b[n:])
	if n += k; err != nil {
		return n, err
	}
	return n, nil
}

// Size returns how many bytes Marshal writes.
func (m *Chats) Size() int {
	n := varint.PositiveInt.Size(len(m.Items))
	for i := range m.Items {
		n += m.Items[i].Size()
	}
	return n
}

// Marshal writes m to b and returns how many bytes that took.
func (m *Chats) Marshal(b []byte) int {
	n := varint.PositiveInt.Marshal(len(m.Items), b)
	for i := range m.Items {
		n += m.Items[i].Marshal(b[n:])
	}
	return n
}

// Unmarshal reads m and copies what it keeps.
func (m *Chats) Unmarshal(b []byte) (int, error) { return m.each(b, (*Chat).Unmarshal) }

// UnmarshalUnsafe reads m; strings and bytes point into b.
func (m *Chats) UnmarshalUnsafe(b []byte) (int, error) { return m.each(b, (*Chat).UnmarshalUnsafe) }

func (m *Chats) each(b []byte, read func(*Chat, []byte) (int, error)) (n int, err error) {
	count, n, err := varint.PositiveInt.Unmarshal(b)
	if err != nil {
		return n, err
	}
	if count > cap(m.Items) {
		m.Items = make([]Chat, count)
	}
	m.Items = m.Items[:count]
	for i := range m.Items {
		k, err := read(&m.Items[i], b[n:])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
