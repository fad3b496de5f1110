package bench

// Broadcasts go to a big group with everybody in it: there is no other way to all
// who are online. The load is that of groups, and besides it is noted of each
// message when the last member had it.

func checkFanout(p Plan, l *mistakes) {
	checkGroup(p, l)
	l.unless(p.Rate > 0, "rate is 0; want broadcasts per second: each begins when it is due")
	l.unless(len(p.Target.HTTP) > 0 || len(p.Target.Servers) == 0, "no metrics address, which fanout weighs the server by; give --http")
}
