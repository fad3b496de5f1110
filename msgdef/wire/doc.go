// Package wire is the small runtime that generated codecs call. It owns the
// encoding of lengths, the sentinel errors and the reports of Validate and
// LogValue; the layout of a message stands in its generated file.
//
// Bytes, as every generated codec writes them:
//
//	bool                 1 byte, 0 or 1
//	intN uintN floatN    N/8 bytes, little-endian
//	[N]byte              N bytes
//	string, []byte       length ‖ bytes; a string is valid UTF-8
//	list                 count ‖ elements
//	struct in a message  length ‖ fields; a frozen struct has no length
//
// A length or count is a canonical uvarint of at most 5 bytes and 31 bits. A
// message itself has no length: the frame around it knows.
//
// A body ends at a generation boundary: an older sender stops early and the
// later fields are zero; what a newer sender wrote after the last generation
// known here is ignored. The first generation is always there.
//
// Memory: decoding n bytes never allocates more than MaxExpansion × n + 1 KiB.
// Counts are compared with the bytes that are left before anything is
// allocated, so a claim without the bytes to back it costs nothing. Nesting is
// at most 8 deep and a message holds at most 2¹⁸ list elements: the generator
// refuses definitions that could exceed either, so decoders need not count.
//
// Reuse: DecodeAlias leaves strings and bytes pointing into its input, so the
// message is good for as long as the input is; Clone makes it last. A message
// that is decoded into again keeps the memory of its lists, at most their
// capacity, and overwrites their elements: a list lent to a message must be
// taken out before. Elements beyond the length of a list may still point into
// an earlier input until Reset.
//
// The package imports the standard library only and never logs, panics on
// input, or keeps what it is given.
package wire
