package gate_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/storage"
)

// BenchmarkAdmission admits and lets go, each durably, with as many callers at once as the name says.
func BenchmarkAdmission(b *testing.B) {
	for _, callers := range []int{1, 32, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			store, err := storage.Open(filepath.Join(b.TempDir(), "gatekeeper.db"), schema(b), storage.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			s := &server{t: b, store: store, told: map[admission.Conn][]admission.Effect{}}
			s.Gate = gate.New(gate.Config{Store: store})
			if err := s.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			s.capacity(callers)
			accounts := make([]*gate.Account, callers)
			for i := range accounts {
				accounts[i], _ = s.player(fmt.Sprintf("player %d", i))
			}
			next := atomic.Int64{}
			b.SetParallelism((callers + 1) / 2) // times GOMAXPROCS
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				a := accounts[int(next.Add(1)-1)%callers]
				for pb.Next() {
					o := s.connect(a, "main")
					if err := s.LeaveSession(b.Context(), a, o.Session); err != nil {
						b.Error(err)
					}
				}
			})
			b.StopTimer()
			_ = s.Stop(b.Context())
		})
	}
}
