package ops

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// TestThriftDecides by what the collector took of what was used.
func TestThriftDecides(t *testing.T) {
	for name, c := range map[string]struct {
		percent    int
		gc, used   float64 // of a second on 2 cores
		want, most int
	}{
		"no collection":          {percent: 100, want: 50, most: 100},
		"down to the least":      {percent: 6, want: leastPercent, most: 100},
		"not below":              {percent: leastPercent, want: leastPercent, most: 100},
		"idle, and free anyway":  {percent: 40, gc: 0.001, used: 0.002, want: 20, most: 100},
		"within the share":       {percent: 40, gc: 0.03, used: 2, want: 40, most: 100},
		"beyond it":              {percent: 40, gc: 0.06, used: 2, want: 80, most: 100},
		"no more than it was":    {percent: 80, gc: 1, used: 2, want: 100, most: 100},
		"more, if it was chosen": {percent: 80, gc: 1, used: 2, want: 160, most: 400},
	} {
		spent := collecting{collector: c.gc, used: c.used, machine: 2}
		if got := (Thrift{Share: 0.02}).next(c.percent, c.most, spent); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestThriftSettles where nothing happens, and puts GOGC back.
func TestThriftSettles(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(80))
	for name, c := range map[string]struct {
		share float64
		want  int
	}{"on": {0.5, leastPercent}, "off": {0, 80}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				Thrift{Share: c.share}.Run(ctx)
			}()
			time.Sleep(20 * time.Second)
			synctest.Wait()
			if got := percentNow(); got != c.want {
				t.Errorf("%s: GOGC=%d, want %d", name, got, c.want)
			}
			cancel()
			<-done
			if got := percentNow(); got != 80 {
				t.Errorf("%s: GOGC=%d afterwards", name, got)
			}
		})
	}
}
