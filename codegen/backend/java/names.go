package java

import (
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// structName is the class of s, enumName that of e.
func structName(s *ir.Struct) string { return className(s.Name) }
func enumName(e *ir.Enum) string     { return className(e.Name) }

func className(name string) string { return backend.Escaped(backend.Capital(name), imported()) }

// methodName is the method of a handler that takes s.
func methodName(s *ir.Struct) string { return "handle" + backend.Capital(s.Name) }

// fieldName is the name of a field.
func fieldName(f *ir.Field) string { return backend.Escaped(ir.CamelCase(f.Name), words()) }

// constantName is the name of a constant for a message: LOGIN_OK.
func constantName(name string) string { return strings.ToUpper(strings.Join(ir.Words(name), "_")) }

// valueName is the name of a constant of an enum.
func valueName(v ir.EnumName) string { return strings.ToUpper(v.Name) }

// words returns the keywords and literals of Java and the hard keywords of
// Kotlin, and the methods of Object.
func words() []string {
	return strings.Fields(`
		abstract assert boolean break byte case catch char class const continue default do double else enum extends
		final finally float for goto if implements import instanceof int interface long native new package private
		protected public return short static strictfp super switch synchronized this throw throws transient try void
		volatile while true false null
		as fun in is object typealias typeof val var when
		clone equals finalize getClass hashCode notify notifyAll toString wait`)
}

// imported returns the classes that the output uses by their simple names.
func imported() []string {
	return strings.Fields(`
		ArrayList Arrays Boolean Byte ByteBuffer CharBuffer Character CharacterCodingException CharsetDecoder
		CharsetEncoder Double Float IOException Integer List Long Math Object Objects Override Short StandardCharsets
		String StringBuilder`)
}
