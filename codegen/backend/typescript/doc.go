// Package typescript writes TypeScript for a package of message definitions: an
// ES module package for TypeScript 5 and later, ES2020, Node 18 and browsers,
// without dependencies or reflection. Structs of other packages of definitions
// that are nested are written along, into imported.ts.
//
// There is one module for each source file. In it a struct is an interface, and
// a constant of the same name is its codec: Send.create, Send.encode,
// Send.decode, Send.toJSON. An enum is a number, or a bigint when it has 64
// bits, since values without a name are valid too; a constant of the same name
// has those with one. dispatch.ts serves the whole package, index.ts exports
// everything, and the files of runtime read and write bytes and JSON.
//
// Types:
//
//	bool                               boolean
//	integers of up to 32 bits, floats  number; range checked when encoded
//	int64 uint64                       bigint; range checked when encoded
//	string                             string; half a surrogate pair is refused
//	[]byte                             Uint8Array
//	[N]byte                            Uint8Array of N bytes; checked when encoded
//	enum                               its name, an alias of number or bigint
//	struct                             its interface
//	list                               array
//
// Names: a field is named by ir.CamelCase, and gets an underscore when every
// object has a member of that name: toString_, constructor_. A struct or enum
// keeps its name, and gets an underscore when that is a word of the language, a
// global of ECMAScript or a name of the output's own: Error_, Map_, Reader_. In
// JSON fields have their names without underscore.
//
// It imports codegen/backend and codegen/ir. What it writes imports nothing.
package typescript
