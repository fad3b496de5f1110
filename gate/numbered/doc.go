// Package numbered holds a table of things that carry their own number, such as
// connections, in little more than one word each.
//
// A gate has an entry for each of its sessions, most of which rest, in several
// tables. A map keeps the number beside the value and takes some 40 bytes for
// both.
//
// It may import the standard library only. It must never lock: who has a table
// guards it.
package numbered
