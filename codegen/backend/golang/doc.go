// Package golang writes Go for a package of message definitions. It is the only
// one that knows jennifer.
//
// For each source file with definitions there is one output: the codec methods,
// a guard against stale output, enum names, the type ids and the handler
// interfaces of that topic; and one with the tests. types_gen.go and
// dispatch_gen.go serve the whole package, and samples_gen_test.go lists all
// messages for hand-written tests.
//
// Decoding reads runs of fixed fields, frozen structs of such fields among them,
// behind one bounds check, and lists of them behind one for all (run.go,
// decodelist.go); codegen/benchmark says what each form is worth.
//
// It imports codegen/ir and jennifer. What it emits imports the standard
// library and msgdef/wire, and in tests msgdef/wire/wiretest.
package golang
