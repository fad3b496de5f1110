// Package kitextest puts implementations of contracts behind a real server on
// the loopback interface, and returns real callers of them. Tests use it to run
// one suite over every form of a contract. What it starts ends with the test.
//
// It imports msgdef/rpc and its parent.
package kitextest
