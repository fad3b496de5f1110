package postgres

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// arrays encodes the three kinds of lists that statements have, which the library
// does with an allocation for each element. In a commit of 4,096 messages there
// are about 80,000.
type arrays struct{ *pgtype.ArrayCodec }

// registerArrays has a connection use arrays.
func registerArrays(_ context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	for _, oid := range []uint32{pgtype.Int8ArrayOID, pgtype.UUIDArrayOID, pgtype.ByteaArrayOID} {
		t, ok := m.TypeForOID(oid)
		if !ok {
			continue // then the library's own way is taken
		}
		if codec, ok := t.Codec.(*pgtype.ArrayCodec); ok {
			m.RegisterType(&pgtype.Type{Name: t.Name, OID: oid, Codec: arrays{codec}})
		}
	}
	return nil
}

// PlanEncode implements pgtype.Codec.
func (a arrays) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case []int64:
			return numbersPlan{}
		case [][16]byte:
			return idsPlan{}
		case [][]byte:
			return textsPlan{}
		}
	}
	return a.ArrayCodec.PlanEncode(m, oid, format, value)
}

type (
	numbersPlan struct{}
	idsPlan     struct{}
	textsPlan   struct{}
)

// appendArray appends the head of an array of one dimension without NULL:
//
//	0        4  dimensions: 1
//	4        4  whether there is NULL: 0
//	8        4  OID of the elements
//	12       4  how many
//	16       4  index of the first: 1
//	20          elements, each its length in 4 bytes and itself
func appendArray(buf []byte, element uint32, n int) []byte {
	if n == 0 {
		return binary.BigEndian.AppendUint32(append(buf, make([]byte, 8)...), element) // no dimensions
	}
	buf = binary.BigEndian.AppendUint32(buf, 1)
	buf = binary.BigEndian.AppendUint32(buf, 0)
	buf = binary.BigEndian.AppendUint32(buf, element)
	buf = binary.BigEndian.AppendUint32(buf, uint32(n))
	return binary.BigEndian.AppendUint32(buf, 1)
}

// Encode implements pgtype.EncodePlan.
func (numbersPlan) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([]int64)
	buf = appendArray(buf, pgtype.Int8OID, len(list))
	for _, n := range list {
		buf = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(buf, 8), uint64(n))
	}
	return buf, nil
}

// Encode implements pgtype.EncodePlan.
func (idsPlan) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([][16]byte)
	buf = appendArray(buf, pgtype.UUIDOID, len(list))
	for i := range list {
		buf = append(binary.BigEndian.AppendUint32(buf, 16), list[i][:]...)
	}
	return buf, nil
}

// Encode implements pgtype.EncodePlan.
func (textsPlan) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([][]byte)
	buf = appendArray(buf, pgtype.ByteaOID, len(list))
	for _, text := range list {
		buf = append(binary.BigEndian.AppendUint32(buf, uint32(len(text))), text...)
	}
	return buf, nil
}
