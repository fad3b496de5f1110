package cluster

import "syscall"

// apart keeps a terminal's Ctrl-C from a process, so that it is stopped when
// its turn comes, and has it end when this one is killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
