//go:build !unix

package cluster

import "syscall"

// apart has nothing to do here.
func apart() *syscall.SysProcAttr { return nil }
