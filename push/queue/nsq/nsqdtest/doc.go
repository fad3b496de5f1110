// Package nsqdtest runs an nsqd as a process of its own, for tests that kill it
// and start it again on the same port and directory. The process is the test
// binary itself, so nothing has to be installed:
//
//	func TestMain(m *testing.M) {
//		nsqdtest.RunIfAsked()
//		…
//	}
//
// It is imported by tests only.
package nsqdtest
