// Package pyclient proves msgdef/PROTOCOL.md: simclient is a client in Python,
// written from that page, and the tests here have it check msgdef/vectors and
// talk to a whole server and to the Go SDK. It needs Python 3.9 and the package
// cryptography:
//
//	apt-get install -y python3-cryptography
//	cd tools/pyclient && python3 -m simclient vectors ../../msgdef/vectors
//
// Whenever simclient cannot be written or mended from the page alone, the page
// is wrong. The package holds tests only, and simclient must never know more
// than the page tells.
package pyclient
