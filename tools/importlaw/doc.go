// Package importlaw says which package of the module may import which, and
// finds the arrows that break the law. Its test reads the whole module, test
// files and files of other platforms included, and prints every such arrow
// with its line.
//
// The levels, arrows point down only:
//
//	L0 msgdef, msgdef/wire, msgdef/frame, msgdef/rpc   standard library only
//	L1 msgdef/secure, msgdef/rpc/kitex
//	L2 gate/transport, gate/roster, route/registry, imservice/store, push/queue, push/provider
//	L3 gate, route, imservice, push, gate/client       never one another
//	L4 tools
//
// codegen stands apart: it sees L0 and is imported by nobody. Only mains, and
// tools/dev and tools/node which are the bodies of some, import tools/ops. Only
// imservice, tools/dev and tools/node open a store.
//
// The package reads files and imports the standard library only. It never runs
// the go command, so it works on a tree that does not compile.
package importlaw
