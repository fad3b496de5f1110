package bench

// Totals is what the clients of one process counted; it crosses the pipe
// between a worker and its parent.
type Totals struct {
	Clients   int
	Measures  []Counted // the first is the operation that costs are divided by
	Waves     []Wave    // of broadcasts
	Integrity Integrity
	Spent     spending  // of the process, over the measured time
	Cores     []float64 // processor time of the process in each step, in seconds per second
}

// Counted is one kind of operation, over the measured time and in each step
// of it.
type Counted struct {
	Name    string
	Count   uint64
	Latency latencies // of the Count, or of groups of them
	Steps   []Counted `json:",omitempty"`
}

// merge adds the totals of another process.
func (t *Totals) merge(o Totals) {
	t.Clients += o.Clients
	for _, c := range o.Measures {
		t.measure(c.Name).merge(c)
	}
	t.Waves = mergeWaves(t.Waves, o.Waves)
	t.Integrity.add(o.Integrity)
	t.Spent.add(o.Spent)
	for i, c := range o.Cores {
		if i == len(t.Cores) {
			t.Cores = append(t.Cores, 0)
		}
		t.Cores[i] += c
	}
}

// measure returns the counts of a name, which it adds when there are none yet.
func (t *Totals) measure(name string) *Counted {
	for i := range t.Measures {
		if t.Measures[i].Name == name {
			return &t.Measures[i]
		}
	}
	t.Measures = append(t.Measures, Counted{Name: name})
	return &t.Measures[len(t.Measures)-1]
}

// merge adds the counts of another process or shard.
func (c *Counted) merge(o Counted) {
	c.Count += o.Count
	c.Latency.merge(o.Latency)
	for i, s := range o.Steps {
		if i == len(c.Steps) {
			c.Steps = append(c.Steps, Counted{Name: c.Name})
		}
		c.Steps[i].merge(s)
	}
}

// summary makes a Measure of the counts of a time.
func (c Counted) summary(seconds float64) Measure {
	return Measure{
		Name: c.Name, Count: c.Count, PerSecond: float64(c.Count) / seconds,
		P50: c.Latency.at(50), P99: c.Latency.at(99), P999: c.Latency.at(99.9), Max: c.Latency.at(100),
	}
}
