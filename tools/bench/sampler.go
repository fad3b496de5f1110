package bench

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// samples are what a server used: as the measured time began, and at the end
// of each step of it. A server that shows nothing leaves them empty.
type samples []usage

// spent returns what was used in the measured time.
func (s samples) spent() spending {
	if len(s) < 2 {
		return spending{}
	}
	return s[len(s)-1].spending.since(s[0].spending)
}

func (s samples) residentPeak() (most uint64) {
	for _, u := range s {
		most = max(most, u.Resident)
	}
	return most
}

// step returns the cores that were busy in step i, and the memory after.
func (s samples) step(i int) (cores float64, resident uint64) {
	if i+1 >= len(s) {
		return 0, 0
	}
	return coresBetween(s[i], s[i+1]), s[i+1].Resident
}

func coresBetween(a, b usage) float64 {
	if !b.at.After(a.at) {
		return 0
	}
	return float64(b.CPU-a.CPU) / float64(b.at.Sub(a.at))
}

// sampler reads what somebody used during the measured time.
type sampler struct {
	samples samples
	err     error
	done    chan struct{}
}

// sample begins to read at the begin of the measured time and after each
// step of it.
func sample(ctx context.Context, s span, read func(context.Context) (usage, error)) *sampler {
	w := &sampler{done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for i := range s.steps() + 1 {
			at := s.From.Add(time.Duration(i) * s.step())
			if at.After(s.To) {
				at = s.To
			}
			if w.err = sleepUntil(ctx, at); w.err != nil {
				return
			}
			u, err := read(ctx)
			if err != nil {
				w.err = err
				return
			}
			w.samples = append(w.samples, u)
		}
	}()
	return w
}

// wait returns what was read, when the measured time is over.
func (w *sampler) wait() (samples, error) {
	<-w.done
	return w.samples, w.err
}

// sampleOwn reads what this process uses.
func sampleOwn(ctx context.Context, s span, t *traffic) *sampler {
	return sample(ctx, s, func(context.Context) (usage, error) {
		u := usage{at: time.Now(), spending: own()}
		u.spending.add(t.spent())
		return u, nil
	})
}

// sampleServer reads the metrics of the server.
func sampleServer(ctx context.Context, s span, t Target) *sampler {
	return sample(ctx, s, t.usage)
}

// waitLoaded is wait for a server, which must be the one under load.
func (w *sampler) waitLoaded(t Target) (samples, error) {
	all, err := w.wait()
	if err != nil {
		return nil, err
	}
	if first, last := all[0], all[len(all)-1]; cmp.Or(first.Sessions, last.Sessions, int(last.logins-first.logins)) == 0 {
		return nil, fmt.Errorf("metrics at %s are those of a server without clients; --http says where a gate under load shows its own", t.http())
	}
	return all, nil
}
