// Package frame is the layer between records and messages: how the frames of
// one record's plaintext follow each other. Pure bytes.
//
//	0  2  type    u16 LE; 0 is padding: this and all following bytes of the record are zero
//	2  2  length  u16 LE, of the body, at most MaxBody
//	4  n  body
//
// A frame never spans records, so there is no "need more" here: what does not
// fit is malformed. Reading allocates nothing, whatever the bytes are.
//
// The package imports the standard library, msgdef and msgdef/wire; it knows
// nothing of keys and must not decode bodies.
package frame
