package typescript

import (
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// structName is the interface and the codec of s, enumName the type and the
// constant of e.
func structName(s *ir.Struct) string { return backend.Escaped(s.Name, globals()) }
func enumName(e *ir.Enum) string     { return backend.Escaped(e.Name, globals()) }

// nameFunction is the function that names values of e.
func nameFunction(e *ir.Enum) string { return ir.CamelCase(e.Name) + "Name" }

// valueName is the property of a value: BadCredentials for bad_credentials.
func valueName(v ir.EnumName) string {
	var name strings.Builder
	for word := range strings.SplitSeq(v.Name, "_") {
		name.WriteString(backend.Capital(word))
	}
	return name.String()
}

// methodName is the method of a handler that takes s.
func methodName(s *ir.Struct) string { return "handle" + backend.Capital(s.Name) }

// fieldName is the property of a field.
func fieldName(f *ir.Field) string { return backend.Escaped(ir.CamelCase(f.Name), members()) }

// members returns what every object has: create would take it for a field that
// was given.
func members() []string {
	return strings.Fields(`
		constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf`)
}

// globals returns what a struct or enum cannot be called: words of the language,
// globals of ECMAScript, and what the output itself declares.
func globals() []string {
	return strings.Fields(`
		any arguments as async await boolean break case catch class const continue debugger declare default delete do
		else enum eval export extends false finally for function get if implements import in infer instanceof interface is
		keyof let module namespace never new null number object of package private protected public readonly require
		return set static string super switch symbol this throw true try type typeof undefined unique unknown var void
		while with yield bigint

		AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error
		EvalError FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
		Iterator JSON Map Math NaN Number Object Partial Promise Proxy RangeError Readonly ReadonlyMap Record
		ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TextDecoder TextEncoder TypeError
		URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet globalThis

		Codec Direction Dispatched DownCodec DownHandler Fault Json JsonObject MessageCodec MessageType Reader UpCodec UpHandler
		WireError Writer codecs dispatchDown dispatchUp json messageTypeName`)
}
