// Package colfer is what github.com/pascaldekloe/colfer makes of the messages, see ../generate.sh.
package colfer
