package gate_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/storage"
)

// BenchmarkAdmission admits and lets go, each durably, with as many callers at once as the name says.
func BenchmarkAdmission(b *testing.B) {
	for _, callers := range []int{1, 32, 256} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s, accounts := crowded(b, callers)
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
		})
	}
}

// crowded is a gate on a real store with one seat for each account.
func crowded(b *testing.B, callers int) (*server, []*gate.Account) {
	b.Helper()
	store, err := storage.Open(filepath.Join(b.TempDir(), "gatekeeper.db"), schema(b), storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := &server{t: b, store: store, told: map[admission.Conn][]admission.Effect{}}
	s.Gate = gate.New(gate.Config{Store: store})
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	s.capacity(callers)
	accounts := make([]*gate.Account, callers)
	for i := range accounts {
		accounts[i], _ = s.player(fmt.Sprintf("player %d", i))
	}
	return s, accounts
}

// BenchmarkAdmissionDuringABackup tells the time of a durable admission, with 32 callers that pause now and then, while
// one backup of a log of 400,000 events follows another, and without.
func BenchmarkAdmissionDuringABackup(b *testing.B) {
	s, accounts := crowded(b, 32)
	fill(b, s.store, 400_000)
	for b.Loop() {
		quiet := s.latencies(accounts, 4*time.Second)
		stop, stopped := make(chan struct{}), make(chan int)
		go func() { stopped <- s.backUpUntil(b, stop) }()
		busy := s.latencies(accounts, 4*time.Second)
		close(stop)
		b.ReportMetric(float64(<-stopped), "backups")
		for name, times := range map[string][]time.Duration{"quiet": quiet, "backup": busy} {
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), name+"-p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), name+"-p99-µs")
		}
		b.ReportMetric(float64(busy[len(busy)*99/100])/float64(quiet[len(quiet)*99/100]), "p99-ratio")
	}
}

func (s *server) backUpUntil(b *testing.B, stop chan struct{}) (n int) {
	folder := b.TempDir()
	for {
		select {
		case <-stop:
			return n
		default:
		}
		if err := s.store.Backup(b.Context(), filepath.Join(folder, fmt.Sprint(n%2, ".db"))); err != nil {
			b.Error(err)
			return n
		}
		n++
	}
}

// latencies has every account connect and leave for a while and returns how long each admission took, sorted.
func (s *server) latencies(accounts []*gate.Account, during time.Duration) (all []time.Duration) {
	var mu sync.Mutex
	var callers sync.WaitGroup
	end := time.Now().Add(during)
	for _, a := range accounts {
		callers.Go(func() {
			var own []time.Duration
			for time.Now().Before(end) {
				began := time.Now()
				o := s.connect(a, "main")
				own = append(own, time.Since(began))
				_ = s.LeaveSession(context.Background(), a, o.Session)
				time.Sleep(20 * time.Millisecond)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	callers.Wait()
	slices.Sort(all)
	return all
}

// fill writes events as admissions leave them; their numbers are far from the gate's.
func fill(b *testing.B, store *storage.Store, n int) {
	b.Helper()
	for from := 0; from < n; from += 5000 {
		events := make([]admission.Event, 5000)
		for i := range events {
			events[i] = admission.Event{
				Seq: uint64(1_000_000 + from + i), Time: time.Now(), Name: admission.EventAttempt, Instance: "main",
				Attempt: admission.AttemptID(uuid.NewString()), Account: admission.AccountID(uuid.NewString()),
				Character: admission.CharacterID(uuid.NewString()),
			}
		}
		if err := store.Commit(nil, events, nil); err != nil {
			b.Fatal(err)
		}
	}
}
