// Package export is the form of an account export: what its lines say, and how it is
// checked that a file has all of them.
//
// An export is JSON Lines: UTF-8, one object a line, each line ended by \n. Every
// object has a type. They stand in this order:
//
//	header        what this is: format, version, whose it is, when it was begun
//	account       the account itself
//	profile       how its user shows themself
//	setting       what they have set for all conversations, one each
//	relation      friends, requests and blocks, by ascending uid
//	device        devices, ascending
//	push_device   devices that notifications reach, ascending; never where
//	sign_in       sessions, newest first
//	later         what waits to be sent, ascending by number
//	┌ group         the group of the conversation that follows, if it is one
//	│ conversation  by ascending name
//	└ message       of that conversation, ascending by number
//	footer        how many lines there are of each type, and a hash of them
//
// Users and devices are decimal numbers in strings, conversations and media 32
// hexadecimal digits, times RFC 3339 with milliseconds in UTC. What is empty or false
// is left out.
//
// The hash is SHA-256 of all bytes before the footer. It tells a file that was cut or
// changed by mistake; who changes a file on purpose can write another hash as well.
//
// The package imports the standard library and msgdef. It asks no store and decides
// nothing.
package export
