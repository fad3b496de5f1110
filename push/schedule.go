package push

// schedule is a heap of rows, the earliest first. It implements heap.Interface.
type schedule []*row

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at.Before(s[j].at) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func (s *schedule) Push(x any) { *s = append(*s, x.(*row)) }

func (s *schedule) Pop() any {
	old := *s
	n := len(old) - 1
	r := old[n]
	old[n] = nil
	*s = old[:n]
	return r
}
