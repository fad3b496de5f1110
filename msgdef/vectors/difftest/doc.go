// Package difftest asks programs in other languages what they make of bytes,
// and compares their answers with those of the generated Go codecs.
//
//	lines of TYPE HEX ──▶ program ──▶ ok HEX2, short, limit or malformed
//	       └────────────▶ Go codec ─▶ the same, or the test fails
//
// The lines are valid bytes made from the lock by package layout, some cut at
// every byte, the faults it knows, and mutations, all from a fixed seed. So
// every language is asked the same. msgdef/PROTOCOL.md, section 18, tells what a program has to do.
//
// It imports msgdef and the standard library, and only tests import it.
package difftest
