//go:build !unix

package chat

// onResize calls changed now; here nobody tells when the size changes.
func onResize(changed func()) (stop func()) {
	changed()
	return func() {}
}
