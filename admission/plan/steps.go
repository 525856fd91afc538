package plan

import "time"

// step is something that a player does later. Of those at the same moment the one that was decided first goes first.
type step struct {
	at    time.Duration
	order int
	who   int
	do    func(*evening, int)
}

// steps is a heap of what is to come, for package heap.
type steps []step

func (s steps) Len() int { return len(s) }
func (s steps) Less(i, j int) bool {
	return s[i].at < s[j].at || s[i].at == s[j].at && s[i].order < s[j].order
}
func (s steps) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push is for package heap.
func (s *steps) Push(x any) { *s = append(*s, x.(step)) }

// Pop is for package heap.
func (s *steps) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}
