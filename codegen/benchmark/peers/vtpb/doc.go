// Package vtpb is what github.com/planetscale/vtprotobuf makes of the messages, see ../generate.sh.
package vtpb
