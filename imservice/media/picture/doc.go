// Package picture says what media are, by their first bytes and never by what their
// sender says, and makes thumbnails of pictures. Strangers choose what is decoded:
// it is measured before, and bounded.
package picture
