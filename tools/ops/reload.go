package ops

import (
	"os"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// reloadTag marks a flag whose value a running program takes anew. What files
// that a flag names have in them is another matter: those are read anew too
// where the flag's help says so.
const reloadTag = "reload"

// Hangups returns a channel that gets every SIGHUP from now on, so that none
// ends the program. One that comes while others wait says nothing new. Call
// stop when the signal shall have its usual meaning again.
func Hangups() (hangups <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// Changes compares the settings of a command with those that the same command
// has now, by names of flags: taken are those that a running program takes,
// fixed those that need another start.
func (c *Command) Changes(now *Command) (taken, fixed []string) {
	values := make(map[string]*kong.Flag)
	for _, f := range now.flags() {
		values[f.Name] = f
	}
	for _, f := range c.flags() {
		other := values[f.Name]
		switch {
		case other == nil, own(f), reflect.DeepEqual(f.Target.Interface(), other.Target.Interface()):
		case f.Tag.Has(reloadTag):
			taken = append(taken, f.Name)
		default:
			fixed = append(fixed, f.Name)
		}
	}
	return taken, fixed
}

// Settings returns the struct with the command's flags: a pointer to the type of
// the field of the grammar.
func (c *Command) Settings() any { return c.Selected().Target.Addr().Interface() }

func (c *Command) flags() []*kong.Flag {
	var all []*kong.Flag
	for _, group := range c.Selected().AllFlags(false) {
		all = append(all, group...)
	}
	return all
}

// Reloads counts how often a program has taken its settings anew. The zero value
// is ready, and says that they are as they should be.
type Reloads struct {
	mu     sync.Mutex
	taken  uint64
	failed uint64
	last   time.Time // of the last that was taken
	wrong  bool      // the last one was not taken
}

// Note counts one; err is why nothing was taken.
func (r *Reloads) Note(at time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrong = err != nil; r.wrong {
		r.failed++
		return
	}
	r.taken++
	r.last = at
}

// Source reads the counters, of a program in a role.
func (r *Reloads) Source(role string) Source {
	return Source{Role: role, Read: func() []Sample {
		r.mu.Lock()
		defer r.mu.Unlock()
		samples := []Sample{
			counter("reloads_total", "Times that the settings were taken anew.", r.taken),
			counter("failed_reloads_total", "Times that they had mistakes, and the old ones stayed.", r.failed),
			gauge("reload_ok", "0 when the settings as they are now have mistakes, and older ones are in use.", truth(!r.wrong)),
		}
		if !r.last.IsZero() {
			samples = append(samples, gauge("last_reload_time_seconds", "When the settings were last taken anew, in Unix time.", int(r.last.Unix())))
		}
		return samples
	}}
}
