package node

import (
	"time"
)

// watchEvery is how often a process looks at what it needs.
const watchEvery = 250 * time.Millisecond

// watch logs, once each, that something is missing or is back, and closes
// ready when nothing was missing for the first time. What was missing for no
// longer than a start takes is not worth a line.
func (p *Process) watch() error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	missing := make([]bool, len(p.parts))
	first := true
	for began := p.common.Now(); ; {
		if p.look(missing, !first || p.common.Now().Sub(began) > time.Second) == 0 && first {
			first = false
			close(p.ready)
		}
		select {
		case <-ticker.C:
		case <-p.quit:
			return nil
		}
	}
}

// look asks every part, returns how many are missing, and logs what changed.
func (p *Process) look(missing []bool, aloud bool) (n int) {
	for i, part := range p.parts {
		err := part.Ready()
		if err != nil {
			n++
		}
		if missing[i] == (err != nil) || !aloud {
			continue
		}
		missing[i] = err != nil
		if err != nil {
			p.logger.Warn("missing; trying until it is there", "part", part.Name, "err", err)
			continue
		}
		p.logger.Info("there again", "part", part.Name)
	}
	return n
}

// Ready is closed when the process has, for the first time, everything that it
// needs to serve. It serves what it can before, and may lack something again.
func (p *Process) Ready() <-chan struct{} { return p.ready }
