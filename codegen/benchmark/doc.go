// Package benchmark measures what codegen emits for Go: three messages, each
// beside a codec of the same layout that a person wrote, which is the limit.
//
//	go test -run '^$' -bench . -count 10 ./codegen/benchmark | tee new.txt
//	benchstat -col /codec new.txt
//
// RESULTS.md has the tables, and what was tried. Folder peers measures the
// codecs of others on the same messages.
//
// It imports the standard library and msgdef/wire; nothing imports it but tests.
package benchmark

//go:generate go run github.com/sim-im/sim/codegen .
