// Package flat is what github.com/google/flatbuffers makes of the messages, see ../generate.sh.
package flat
