// Package pb is what google.golang.org/protobuf makes of the messages, see ../generate.sh.
package pb
