// Package transporttest is the suite that every transport passes, so that what
// was tested over one holds over the others.
//
// Run checks the contract of transport.Conn and transport.Listener. Frugal
// checks what servers with many connections need beyond it, and what a portable
// fallback may lack. NAT stands between the ends of those over UDP.
//
// It may import gate/transport and the standard library, and is imported by
// tests only. No check passes or fails by how fast the machine is: what must
// happen is waited for, and what must not is made impossible first.
package transporttest
