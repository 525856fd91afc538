package admission

import (
	"iter"
	"math/bits"
	"slices"
)

// queue keeps places in the order of their line numbers. Position, removal and "who is next" are O(log n): each place
// holds a slot, and two censuses count over the slots who is there and who may be promoted. Slots of those who left stay
// empty until half are, then all are laid anew: O(1) amortized.
type queue struct {
	slots []*Place
	here  census
	ready census
	head  int // every slot before it is empty
	size  int
}

// push puts a place behind everybody else. Whether it may be promoted is said by mark.
func (q *queue) push(p *Place) {
	p.slot = len(q.slots)
	q.slots = append(q.slots, p)
	q.here.push(true)
	q.ready.push(false)
	q.size++
}

// remove takes a place out; those behind it move up.
func (q *queue) remove(p *Place) {
	q.mark(p, false)
	q.slots[p.slot] = nil
	q.here.set(p.slot, false)
	q.size--
	for q.head < len(q.slots) && q.slots[q.head] == nil {
		q.head++
	}
	if len(q.slots) > 64 && q.size < len(q.slots)/2 {
		q.compact()
	}
}

// mark says whether the place may be promoted: present, and not promoted yet.
func (q *queue) mark(p *Place, ready bool) {
	if p.isReady == ready {
		return
	}
	p.isReady = ready
	q.ready.set(p.slot, ready)
}

// position counts from 1 every place up to and with p.
func (q *queue) position(p *Place) int { return q.here.count(p.slot) }

// next returns the first that may be promoted, or nil.
func (q *queue) next() *Place {
	slot, found := q.ready.first()
	if !found {
		return nil
	}
	return q.slots[slot]
}

// all yields the places in order, with their position.
func (q *queue) all() iter.Seq2[int, *Place] {
	return func(yield func(int, *Place) bool) {
		position := 0
		for _, p := range q.slots[q.head:] {
			if p == nil {
				continue
			}
			position++
			if !yield(position, p) {
				return
			}
		}
	}
}

// last returns the one at the end; the queue is not empty.
func (q *queue) last() *Place {
	for _, p := range slices.Backward(q.slots) {
		if p != nil {
			return p
		}
	}
	return nil
}

// move gives a place another position and returns those whose line numbers changed: the place alone, or, where there
// is no number left between its neighbours, all. It lays all slots anew.
func (q *queue) move(p *Place, to int) (changed []*Place) {
	order := make([]*Place, 0, q.size)
	for _, other := range q.all() {
		if other != p {
			order = append(order, other)
		}
	}
	order = slices.Insert(order, to-1, p)
	changed = []*Place{p}
	if !q.squeeze(order, to-1) {
		for i, other := range order {
			other.Line = uint64(i+1) * lineStep
		}
		changed = order
	}
	q.lay(order)
	return changed
}

// squeeze gives the place at i a line number between its neighbours', if there is one.
func (q *queue) squeeze(order []*Place, i int) bool {
	before, after := uint64(0), uint64(0)
	if i > 0 {
		before = order[i-1].Line
	}
	if i == len(order)-1 {
		order[i].Line = before + lineStep
		return true
	}
	after = order[i+1].Line
	if after-before < 2 {
		return false
	}
	order[i].Line = before + (after-before)/2
	return true
}

func (q *queue) compact() { q.lay(q.slots[q.head:]) }

// lay puts places into fresh slots, in this order; nil is nobody.
func (q *queue) lay(places []*Place) {
	*q = queue{slots: make([]*Place, 0, q.size*2)}
	for _, p := range places {
		if p == nil {
			continue
		}
		ready := p.isReady
		p.isReady = false
		q.push(p)
		q.mark(p, ready)
	}
}

// census counts slots: a bit for each, and a Fenwick tree (P. Fenwick, "A new data structure for cumulative frequency
// tables", 1994) over words of 64 of them, small enough to stay in a processor's cache for a million.
type census struct {
	words []uint64
	tree  []int32 // tree[i] counts the bits of the lowbit(i+1) words that end at i
	size  int     // slots
}

const wordSlots = 64

// push adds a slot at the end.
func (c *census) push(counts bool) {
	if c.size%wordSlots == 0 {
		c.grow()
	}
	c.size++
	c.set(c.size-1, counts)
}

// grow adds an empty word.
func (c *census) grow() {
	c.words = append(c.words, 0)
	total, i := int32(0), len(c.words)
	for step := 1; step < i&-i; step <<= 1 {
		total += c.tree[i-step-1]
	}
	c.tree = append(c.tree, total)
}

// set says whether a slot counts.
func (c *census) set(slot int, counts bool) {
	word, bit := slot/wordSlots, uint64(1)<<(slot%wordSlots)
	if c.words[word]&bit != 0 == counts {
		return
	}
	delta := int32(1)
	if !counts {
		delta = -1
	}
	c.words[word] ^= bit
	for i := word + 1; i <= len(c.tree); i += i & -i {
		c.tree[i-1] += delta
	}
}

// count counts the slots 0…slot.
func (c *census) count(slot int) int {
	word := slot / wordSlots
	upTo := ^uint64(0) >> (wordSlots - 1 - slot%wordSlots)
	total := int32(bits.OnesCount64(c.words[word] & upTo))
	for i := word; i > 0; i -= i & -i {
		total += c.tree[i-1]
	}
	return int(total)
}

// first finds the first slot that counts.
func (c *census) first() (slot int, found bool) {
	step := 1
	for step*2 <= len(c.tree) {
		step *= 2
	}
	word := 0
	for ; step > 0; step /= 2 {
		if word+step <= len(c.tree) && c.tree[word+step-1] == 0 {
			word += step
		}
	}
	if word >= len(c.words) {
		return 0, false
	}
	return word*wordSlots + bits.TrailingZeros64(c.words[word]), true
}
