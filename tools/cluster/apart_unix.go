//go:build unix && !linux

package cluster

import "syscall"

// apart keeps a terminal's Ctrl-C from a process, so that it is stopped when
// its turn comes.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
