//go:build !linux

package bench

// poller would read lean connections in one goroutine; see poller_linux.go. Here
// each has its own.
type poller struct{}

func newPoller(func() bool) (*poller, error) { return &poller{}, nil }

func (p *poller) take(*lean, endingReader) (ok bool, err error) { return false, nil }

func (p *poller) run() {}
