package bench

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestTimelineIsBounded however long a run is, and has no gap.
func TestTimelineIsBounded(t *testing.T) {
	for _, c := range []struct {
		duration time.Duration
		steps    int
		step     time.Duration
	}{
		{time.Millisecond, 1, time.Second},
		{1500 * time.Millisecond, 2, time.Second},
		{300 * time.Second, 300, time.Second},
		{301 * time.Second, 151, 2 * time.Second},
		{1000 * time.Hour, 300, 12000 * time.Second},
	} {
		p := Plan{Duration: c.duration}
		s := p.span(time.Unix(1700000000, 0))
		if s.steps() != c.steps || s.step() != c.step || s.stepOf(s.From) != 0 || s.stepOf(s.To.Add(-1)) != c.steps-1 {
			t.Errorf("%v is %d steps of %v, from %d to %d", c.duration, s.steps(), s.step(), s.stepOf(s.From), s.stepOf(s.To.Add(-1)))
		}
		line := timeline(p, Totals{}, nil)
		if last := line[len(line)-1]; len(line) != c.steps || last.At != float64(c.steps-1)*c.step.Seconds() {
			t.Errorf("%v: the timeline has %d parts, the last at %g s", c.duration, len(line), last.At)
		}
	}
}

// TestRatesThatNeverEnd are refused: their timetables have no next operation.
func TestRatesThatNeverEnd(t *testing.T) {
	for _, rate := range []float64{math.NaN(), math.Inf(1), 1e300, 1e-300, -1} {
		err := Plan{Mode: Login, Clients: 1, Procs: 1, Duration: 1, Rate: rate}.Validate()
		if err == nil || !strings.Contains(err.Error(), "rate is") {
			t.Errorf("%g: %v", rate, err)
		}
	}
}

// TestPlanSpeaksOfFlags of the command that a mode is.
func TestPlanSpeaksOfFlags(t *testing.T) {
	for mode, want := range map[string]string{Login: "inflight is 0", Idle: "conns is 0", Sync: "clients is 0"} {
		err := Plan{Mode: mode, Procs: 1, Duration: 1, Messages: 1, Size: minBody}.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one mistake: %s", mode, err, want)
		}
	}
}
