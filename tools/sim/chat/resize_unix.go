//go:build unix

package chat

import (
	"os"
	"os/signal"
	"syscall"
)

// onResize calls changed now and whenever the terminal's size changes, until
// stop is called.
func onResize(changed func()) (stop func()) {
	changed()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGWINCH)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				changed()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
