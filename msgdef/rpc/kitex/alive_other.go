//go:build !unix

package kitex

// alive cannot look on this system: a call that can be made only once goes over
// a connection of its own.
func (*conn) alive() bool { return false }
