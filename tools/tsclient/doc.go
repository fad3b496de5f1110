// Package tsclient proves gate/client/typescript: it compiles that client as a
// user of npm would, runs its own tests, and has it talk to a whole server, a
// service of an application, and the Go SDK. It needs Node 20 with npm, which
// fetches the compiler of TypeScript that testdata names:
//
//	go test ./tools/tsclient
//
// The package holds tests only. What the client does with bytes is tested in its
// own folder; here is what takes a server.
package tsclient
