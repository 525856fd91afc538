package proof_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/gate"
	"gatekeeper/storage"
)

const (
	fullSeats   = 10_000
	fullWaiting = 10_000
	// startsPerRun is how many starts make a median, also where the benchmark runs but once.
	startsPerRun = 5
)

// BenchmarkRestart measures a full server from the start of its process to its first yes on /readyz, with and without
// a long log of events. ms/ready is the median.
func BenchmarkRestart(b *testing.B) {
	for _, events := range []int{0, 1_000_000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			p := admissiontest.NewProgram(b, binary)
			seedFull(b, p)
			seedEvents(b, p, events)
			for _, after := range []struct {
				name string
				end  func()
			}{{"stop", func() { _ = p.Stop() }}, {"kill", p.Kill}} {
				b.Run("after="+after.name, func(b *testing.B) { measureStarts(b, p, after.end) })
			}
		})
	}
}

// measureStarts leaves what the first start finds to the case, too.
func measureStarts(b *testing.B, p *admissiontest.Program, end func()) {
	p.Start(b)
	end()
	var starts []time.Duration
	for b.Loop() {
		for range startsPerRun {
			began := time.Now()
			p.Start(b)
			starts = append(starts, time.Since(began))
			end()
		}
	}
	b.ReportMetric(inMilliseconds(median(starts)), "ms/ready")
	b.ReportMetric(0, "ns/op") // of starts and ends together
}

// BenchmarkRecovery is the same start inside this process, for -cpuprofile, in its two parts.
func BenchmarkRecovery(b *testing.B) {
	p := admissiontest.NewProgram(b, binary)
	seedFull(b, p)
	var opens, restores []time.Duration
	for b.Loop() {
		began := time.Now()
		store := openFull(b, p)
		opened := time.Now()
		g := gate.New(gate.Config{Store: store})
		if err := g.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		opens, restores = append(opens, opened.Sub(began)), append(restores, time.Since(opened))
		b.StopTimer()
		if err := g.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(inMilliseconds(median(opens)), "ms/open")
	b.ReportMetric(inMilliseconds(median(restores)), "ms/restore")
}

func TestAStartFindsAFullHouseInItsOrder(t *testing.T) {
	p := admissiontest.NewProgram(t, binary)
	seats, queue := seedFull(t, p)
	p.Start(t)
	if got := lookAtMain(t, p); got.SeatsTaken != fullSeats || got.QueueDepth != fullWaiting {
		t.Errorf("%+v are there, want %d seats and %d in the queue", got, fullSeats, fullWaiting)
	}
	for i := 0; i < fullWaiting; i += 499 {
		if state, position := askPosition(t, p, queue[i]); state != "queued" || position != i+1 {
			t.Errorf("%s is %s at %d, was queued at %d", queue[i].Name, state, position, i+1)
		}
	}
	for i := 0; i < fullSeats; i += 499 {
		back, err := attachSeat(p, seats[i].Reconnection)
		if err != nil {
			t.Fatalf("%s cannot come back: %v", seats[i].Name, err)
		}
		if back.session != seats[i].Session || !back.isResumed {
			t.Errorf("%s was in %s and came back to %s, resumed %t", seats[i].Name, seats[i].Session, back.session, back.isResumed)
		}
		_ = back.ws.Close()
	}
}

func askPosition(t *testing.T, p *admissiontest.Program, player admissiontest.Player) (state string, position int) {
	t.Helper()
	path := "/instances/main/queue/status?characterId=" + string(player.Character)
	_, data, err := p.Call(http.DefaultClient, http.MethodGet, path, player.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		State    string
		Position int
	}
	if err := json.Unmarshal(data, &status); err != nil {
		t.Fatal(err)
	}
	return status.State, status.Position
}

// seedFull writes an instance whose seats are all held and whose queue is full. The queue's rows lie in the file
// from its end to its head, so that an order that is only the file's would show.
func seedFull(t testing.TB, p *admissiontest.Program) (seats []admissiontest.HeldSeat, queue []admissiontest.Player) {
	t.Helper()
	const all = fullSeats + fullWaiting
	players := admissiontest.Seed(t, p.Database(), schema(t), all, fullSeats, fullWaiting, func(i int, player admissiontest.Player) []admission.Record {
		if i >= fullSeats {
			return []admission.Record{waitingRow(i-fullSeats, admission.PlaceKey(fullSeats+all-i), player)}
		}
		seats = append(seats, admissiontest.NewHeldSeat(i, player))
		return []admission.Record{seats[i].Row(admission.PlaceKey(i + 1))}
	})
	return seats, players[fullSeats:]
}

func waitingRow(ahead int, key admission.PlaceKey, player admissiontest.Player) admission.PutPlace {
	return admission.PutPlace{Row: admission.PlaceRow{
		Key: key, Instance: "main", Account: player.Account, Character: player.Character, State: admission.Waiting,
		Attempt: admission.AttemptID(admissiontest.NumberedUUID(3, int(key))), Build: "1", Line: uint64(ahead + 1), QueuedAt: time.Now(),
		Queue: admission.TokenPair{Current: admission.HashToken(admissiontest.NumberedUUID(4, ahead))},
	}}
}

// seedEvents writes a week's log of n events.
func seedEvents(t testing.TB, p *admissiontest.Program, n int) {
	t.Helper()
	const batch = 20_000
	store := openFull(t, p)
	began := time.Now().Add(-7 * 24 * time.Hour)
	for written := 0; written < n; written += batch {
		events := make([]admission.Event, min(batch, n-written))
		for i := range events {
			number := written + i
			events[i] = pastEvent(number, began.Add(7*24*time.Hour/time.Duration(n)*time.Duration(number)))
		}
		if err := store.Commit(nil, events, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// visit is what one player leaves in the log, from the attempt to the last of the grace.
var visit = []admission.EventName{
	admission.EventAttempt, admission.EventQueued, admission.EventPromoted, admission.EventAdmitted,
	admission.EventDisconnected, admission.EventReconnectAttempt, admission.EventReconnected, admission.EventDisconnected,
}

func pastEvent(number int, at time.Time) admission.Event {
	who, step := number/len(visit), number%len(visit)
	e := admission.Event{
		Seq: uint64(number + 1), Time: at, Name: visit[step], Instance: "main",
		Attempt:   admission.AttemptID(admissiontest.NumberedUUID(5, who)),
		Account:   admission.AccountID(fmt.Sprintf("account-%05d", who%fullSeats)),
		Character: admission.CharacterID(fmt.Sprintf("character-%05d", who%fullSeats)),
	}
	if step >= 2 {
		e.Session = admission.SessionID(admissiontest.NumberedUUID(6, who))
	}
	switch e.Name {
	case admission.EventAdmitted:
		e.Data = map[string]any{"waitSeconds": 12.345}
	case admission.EventDisconnected:
		e.Reason = "network"
	}
	return e
}

func openFull(t testing.TB, p *admissiontest.Program) *storage.Store {
	t.Helper()
	store, err := storage.Open(p.Database(), schema(t), storage.Options{Normal: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
