package cli

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	tidyPause = 2 * time.Second
	// calm is after how many quiet looks in a row the rush is over. Players come in waves: what the next one would have to
	// ask the system for again is better kept.
	calm = 5
	// quiet is how much is allocated at most between two looks, in bytes, while players only play; or half of what is live,
	// where that is more: those who came together are sent their heartbeats together.
	quiet = 8 << 20
	// untidy is how much memory must lie idle, in bytes, to be worth a collection.
	untidy = 16 << 20
)

// tidy gives memory back to the system when a rush is over, instead of keeping it for the next until that comes: whoever
// runs a game server beside this one needs it. It ends with ctx.
func tidy(ctx context.Context) {
	before, quietLooks := memory{}, 0
	ticker := time.NewTicker(tidyPause)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := readMemory()
		if quietLooks++; now.allocated-before.allocated > max(quiet, now.live/2) {
			quietLooks = 0
		}
		if quietLooks >= calm && now.idle() > max(untidy, now.live/2) {
			runtime.GC() // shrinks stacks, whose memory the next collection lets go of
			debug.FreeOSMemory()
		}
		before = now
	}
}

// memory is how the heap is, in bytes.
type memory struct {
	allocated uint64 // since the start
	live      uint64 // as of the last collection
	objects   uint64 // live ones and those to be collected
	free      uint64 // nobody's, and not given back
}

func (m memory) idle() uint64 { return m.objects - min(m.live, m.objects) + m.free }

func readMemory() memory {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return memory{
		allocated: samples[0].Value.Uint64(), live: samples[1].Value.Uint64(),
		objects: samples[2].Value.Uint64(), free: samples[3].Value.Uint64(),
	}
}
