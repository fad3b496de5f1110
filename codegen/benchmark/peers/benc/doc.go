// Package benc is what github.com/deneonet/benc makes of the messages, see ../generate.sh.
package benc
