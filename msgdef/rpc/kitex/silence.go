package kitex

import (
	"io"
	"sync"

	"github.com/cloudwego/kitex/pkg/klog"
)

// silence turns Kitex's own log off, which is one for the process and writes to
// standard error. What matters of it is logged and counted here, with the
// logger of each server and caller.
//
//nolint:gochecknoglobals // Kitex's log is global, and setting it twice is a race
var silence = sync.OnceFunc(func() {
	klog.SetLevel(klog.LevelFatal)
	klog.SetOutput(io.Discard)
})
