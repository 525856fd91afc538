package admission

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// line is an instance with so many waiting places, built as a start would.
func line(b *testing.B, n int) (*Instance, []*Place) {
	b.Helper()
	s := DefaultSettings("main")
	s.Capacity, s.QueueMax = 0, MaxQueue
	in := NewInstance(s, &benchMint{})
	rows := make([]PlaceRow, n)
	for i := range rows {
		id := CharacterID(fmt.Sprint("c", i))
		rows[i] = PlaceRow{Key: PlaceKey(i + 1), Instance: s.ID, Character: id, State: Waiting, Line: uint64(i+1) * lineStep}
	}
	in.Restore(rows, func(CharacterID) string { return "" }, time.Now())
	places := make([]*Place, 0, n)
	for _, p := range in.queue.all() {
		places = append(places, p)
	}
	return in, places
}

// askers are players in random order, each as a request brings the name: a copy of its own, just read.
func askers(places []*Place) (ids []CharacterID, slots []int) {
	for range 1 << 16 {
		p := places[rand.IntN(len(places))]
		ids, slots = append(ids, CharacterID(strings.Clone(string(p.Character)))), append(slots, p.slot)
	}
	return ids, slots
}

type benchMint struct{ n int }

func (m *benchMint) UUID() string       { m.n++; return fmt.Sprint(m.n) }
func (m *benchMint) PlaceKey() PlaceKey { m.n++; return PlaceKey(m.n) }

// BenchmarkQueue shows what a queue place costs at the usual length and at the longest.
func BenchmarkQueue(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		in, places := line(b, n)
		now := time.Now()
		anybody := func() *Place { return places[rand.IntN(len(places))] }
		ids, slots := askers(places)
		b.Run(fmt.Sprintf("rank/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				in.queue.here.count(slots[i%len(slots)])
			}
		})
		b.Run(fmt.Sprintf("rank with look-up/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				in.queue.position(in.characters[ids[i%len(ids)]])
			}
		})
		b.Run(fmt.Sprintf("sign of life/%d", n), func(b *testing.B) {
			c := &Change{}
			for b.Loop() {
				in.present(c, anybody(), now)
			}
		})
		b.Run(fmt.Sprintf("leave and join/%d", n), func(b *testing.B) {
			for b.Loop() {
				i := rand.IntN(len(places))
				p := places[i]
				in.LeaveQueue(p.Character, now)
				places[i] = &Place{PlaceRow: PlaceRow{Key: p.Key, Character: p.Character}, dueIndex: -1}
				in.enqueue(&Change{}, places[i], now)
			}
		})
		b.Run(fmt.Sprintf("promote and miss/%d", n), func(b *testing.B) {
			for b.Loop() {
				p := in.queue.next()
				in.promote(&Change{}, p, now)
				p.Missed = 0
				in.missClaim(&Change{}, p, now)
				in.present(&Change{}, p, now)
			}
		})
	}
}
