// Package wirejson is the small runtime of generated JSON codecs: appenders, and
// a Reader that takes a text apart token by token. Names of fields, and what
// kind each one has, stand in the generated files; nothing here reflects.
//
//	bool                     true, false
//	intN uintN up to 32 bits 12, -12: no fraction, no exponent, no minus zero
//	int64 uint64             "12", "-12": decimal strings, without leading zeros
//	floatN                   any number, or "NaN", "Infinity", "-Infinity"
//	enum                     the integer it is based on
//	string                   a string
//	[]byte, [N]byte          a string of standard base64 with padding
//	bytes that hold a struct the object of that struct, or base64 when they are no such struct
//	list                     an array
//	struct                   an object of all its fields
//
// Reading is strict. On top of RFC 8259 a text is refused that is not UTF-8 or
// has half of a surrogate pair, where a value is null, where an object has a
// known name twice, where arrays and objects nest deeper than MaxDepth, and of
// course where a limit of the definition is passed. Names that are not known are
// skipped with their values; fields that are missing are zero.
//
// Errors are those of msgdef/wire, with the name of the field: ErrShort when the
// text ends too early, ErrLimit for lengths, counts, depth and memory,
// ErrMalformed for the rest.
//
// Memory: reading n bytes never allocates more than MaxExpansion × n + 1 KiB.
// An object may be written as {} and be large in memory, so the Reader counts
// what it hands out; a text in which every field is written, as encoders do,
// stays well below.
//
// The package imports the standard library and msgdef/wire. It never logs,
// panics on input, or keeps what it is given.
package wirejson
