package client

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// On a path that forgets after some silence the interval settles below it, not
// far below, within its bounds, and then loses nothing any more, whatever the
// random parts are. Connections that die of other causes may make it settle lower.
func TestRhythmSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		forgets := time.Duration(rapid.Int64Range(int64(35*time.Second), int64(20*time.Minute)).Draw(t, "forgets"))
		most := time.Duration(rapid.IntRange(60, 540).Draw(t, "most")) * time.Second
		planned := rapid.IntRange(0, 4).Draw(t, "accidents")
		accidents := planned
		r := new(rhythm)
		now := time.Unix(1e9, 0)
		var d time.Duration
		for ping := range 400 {
			var trying bool
			d, trying = r.interval(leastBeat, most, now)
			if d < leastBeat || d > most || d%time.Second != 0 {
				t.Fatalf("interval is %v", d)
			}
			silence := d
			if !trying {
				silence -= time.Duration(rapid.Int64Range(0, int64(d/4)).Draw(t, "jitter"))
			}
			now = now.Add(silence)
			died := accidents > 0 && ping < 200 && rapid.IntRange(0, 20).Draw(t, "accident") == 0
			switch {
			case died:
				accidents--
				r.unanswered(silence, now)
			case silence < forgets:
				r.answered(silence)
			case ping > 200:
				t.Fatalf("still lost at ping %d, after %v of %v: %+v", ping, silence, forgets, r)
			default:
				r.unanswered(silence, now)
			}
		}
		if d > forgets {
			t.Errorf("settled at %v, forgets after %v", d, forgets)
		}
		if unlucky := accidents < planned; !unlucky && d < min(forgets/3, most/3) {
			t.Errorf("settled at %v, forgets after %v, most %v: %+v", d, forgets, most, r)
		}
	})
}

// A network that bears less from now on is learnt anew, and one that was bad is
// tried again when a week is over.
func TestRhythmFollowsTheNetwork(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := new(rhythm)
	r.answered(5 * time.Minute)
	if d, trying := r.interval(leastBeat, mostBeat, now); d != 450*time.Second || !trying {
		t.Errorf("after 5 min: %v, %v", d, trying)
	}
	for range 20 {
		d, _ := r.interval(leastBeat, mostBeat, now)
		if d < 2*time.Minute {
			r.answered(d)
		} else {
			r.unanswered(d, now)
		}
	}
	d, trying := r.interval(leastBeat, mostBeat, now)
	if d < time.Minute || d >= 2*time.Minute || trying {
		t.Errorf("settled at %v, %v", d, trying)
	}
	if later, trying := r.interval(leastBeat, mostBeat, now.Add(badFor)); later <= d || !trying {
		t.Errorf("a week later: %v, %v", later, trying)
	}
}

// What is remembered is bounded, and the network used last stays.
func TestRhythmsAreBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	all := newRhythms(make([]Rhythm, 100))
	for i := range 20 {
		all.of(string(rune('a'+i)), now.Add(time.Duration(i)))
	}
	list := all.list()
	if len(list) != maxRhythms || list[0].Network != "t" || list[7].Network != "m" {
		t.Errorf("%d: %+v", len(list), list)
	}
}
