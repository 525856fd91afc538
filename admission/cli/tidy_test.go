package cli

import (
	"runtime"
	"testing"
)

// TestMemoryTellsWhatIsIdle makes garbage, which must be seen before a collection and gone after it.
func TestMemoryTellsWhatIsIdle(t *testing.T) {
	runtime.GC()
	before := readMemory()
	kept := make([][]byte, 64)
	for i := range kept {
		kept[i] = make([]byte, 1<<20)
	}
	runtime.GC()
	held := readMemory()
	if grown := held.live - before.live; grown < 63<<20 || held.allocated-before.allocated < 63<<20 {
		t.Errorf("64 MiB are kept, and it sees %d more", grown)
	}
	runtime.KeepAlive(kept)
	kept = nil
	runtime.GC()
	if m := readMemory(); m.live >= held.live-(60<<20) {
		t.Errorf("%d of %d bytes live after they were let go", m.live, held.live)
	}
}
