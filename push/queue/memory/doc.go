// Package memory is a queue inside one process: for a server that is one
// process, and for tests. What it holds ends with the process.
package memory
