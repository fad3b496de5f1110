// Package bebop is what github.com/200sc/bebop makes of the messages, see ../generate.sh.
package bebop
