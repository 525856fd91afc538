package plan

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"gatekeeper/admission/wire"
)

// aNight is eight hours with about 20,000 players at 1,000 seats.
func aNight() wire.Plan {
	return wire.Plan{
		Capacities: []int{1000}, QueueMax: 5000, GraceSeconds: 60, ClaimSeconds: 10, DropRate: .1, ReturnRate: .8,
		Arrivals: wire.PlanArrivals{Pattern: wire.ArrivalsRush, StartsAt: "18:00", Hours: 8, PerHour: 2250, RushAtHours: 2, RushPlayers: 2000, RushMinutes: 30},
		Sessions: wire.PlanSessions{Pattern: wire.SessionsExponential, MeanSeconds: 1500}, PatienceSeconds: 1800, TargetWaitSeconds: 300, Seed: 1,
	}
}

// anEvening is a tenth of it.
func anEvening() wire.Plan {
	p := aNight()
	p.Capacities, p.Arrivals.PerHour, p.Arrivals.RushPlayers = []int{100}, 225, 200
	return p
}

func simulated(t *testing.T, p wire.Plan) wire.Simulation {
	t.Helper()
	s, err := Simulate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEverybodyIsAccountedFor(t *testing.T) {
	p := anEvening()
	p.Capacities, p.QueueMax = []int{30, 100}, 20
	for _, run := range simulated(t, p).Runs {
		if run.Arrived != run.Admitted+run.Refused+run.GaveUp || run.Refused == 0 || run.GaveUp == 0 {
			t.Errorf("%+v", run)
		}
		for _, playing := range run.Series.Playing {
			if playing > run.Capacity {
				t.Errorf("%d play on %d seats", playing, run.Capacity)
			}
		}
		if run.PeakQueue > p.QueueMax || len(run.Series.Playing) > maxPoints {
			t.Errorf("the queue was %d deep, the series is %d long", run.PeakQueue, len(run.Series.Playing))
		}
	}
}

func TestTheSameSeedIsTheSameEvening(t *testing.T) {
	p := anEvening()
	one, other := simulated(t, p), simulated(t, p)
	if !reflect.DeepEqual(one.Runs, other.Runs) {
		t.Error("two runs differ")
	}
	p.Seed++
	if reflect.DeepEqual(one.Runs, simulated(t, p).Runs) {
		t.Error("another seed makes no difference")
	}
}

// Ten players at once on two seats, ten minutes each: pairs get in every ten minutes, and all is over within the hour.
func TestFixedSessionsAreExact(t *testing.T) {
	p := anEvening()
	p.Capacities, p.DropRate, p.PatienceSeconds = []int{2}, 0, 0
	p.Arrivals = wire.PlanArrivals{Pattern: wire.ArrivalsRush, Hours: 1, RushPlayers: 10}
	p.Sessions = wire.PlanSessions{Pattern: wire.SessionsFixed, MeanSeconds: 600}
	s := simulated(t, p)
	run := s.Runs[0]
	if math.Abs(run.SeatUse-5./6) > 1e-9 || *run.WaitP50Seconds != 1200 || *run.WaitP95Seconds != 2400 || run.PeakQueue != 8 {
		t.Errorf("use %v, waits %v and %v, peak %d", run.SeatUse, *run.WaitP50Seconds, *run.WaitP95Seconds, run.PeakQueue)
	}
	if s.SeatsForTarget == nil || *s.SeatsForTarget != 10 {
		t.Errorf("%v seats for a wait of five minutes", s.SeatsForTarget)
	}
}

func TestWorkGrowsWithThePlayers(t *testing.T) {
	p := aNight()
	fates, lasts := draw(p)
	e := newEvening(p, 1000, fates, lasts)
	if err := e.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if most := 5 * len(fates); e.steps > most {
		t.Errorf("%d steps for %d players", e.steps, len(fates))
	}
}

func TestTheLeastCapacityIsThatOfTryingAll(t *testing.T) {
	p := anEvening()
	p.Arrivals.PerHour, p.Arrivals.RushPlayers, p.PatienceSeconds = 60, 60, 0
	p.Capacities = []int{10}
	got := simulated(t, p).SeatsForTarget
	s := search{plan: p}
	s.fates, s.lasts = draw(p)
	for capacity := 1; ; capacity++ {
		run, err := s.play(t.Context(), capacity)
		if err != nil {
			t.Fatal(err)
		}
		if s.isMet(run) {
			if got == nil || *got != capacity {
				t.Errorf("found %v, the least is %d", got, capacity)
			}
			return
		}
	}
}

func TestAPlanThatCannotBeIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*wire.Plan){
		"no capacity":      func(p *wire.Plan) { p.Capacities = nil },
		"no seats":         func(p *wire.Plan) { p.Capacities = []int{0} },
		"too many players": func(p *wire.Plan) { p.Arrivals.PerHour = 190_000 },
		"no such pattern":  func(p *wire.Plan) { p.Arrivals.Pattern = "often" },
		"no length":        func(p *wire.Plan) { p.Sessions.MeanSeconds = 0 },
		"a share over one": func(p *wire.Plan) { p.DropRate = 1.1 },
		"not a number":     func(p *wire.Plan) { p.ReturnRate = math.NaN() },
	} {
		p := aNight()
		spoil(&p)
		if _, err := Simulate(t.Context(), p); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkNight(b *testing.B) {
	p := aNight()
	fates, lasts := draw(p)
	for b.Loop() {
		if err := newEvening(p, 1000, fates, lasts).run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(fates)), "players")
}

// TestWaitsAreThoseOfTheory compares a steady evening with the queue M/M/c: with c seats and a load of a, a player waits
// with Erlang's probability C, and then for an exponential time with the mean length/(c-a) (A. K. Erlang, 1917).
func TestWaitsAreThoseOfTheory(t *testing.T) {
	const seats, perHour, length = 20, 108., 600. // a load of 18
	load := perHour / 3600 * length
	term, sum := 1., 1.
	for k := 1; k < seats; k++ {
		term *= load / float64(k)
		sum += term
	}
	last := term * load / seats * seats / (seats - load)
	waits, mean := last/(sum+last), length/(seats-load)

	queued, arrived, median := 0, 0, 0.
	const evenings = 30
	for seed := range uint32(evenings) {
		p := anEvening()
		p.Capacities, p.QueueMax, p.DropRate, p.PatienceSeconds, p.Seed = []int{seats}, 100_000, 0, 0, seed+1
		p.Arrivals = wire.PlanArrivals{Pattern: wire.ArrivalsSteady, Hours: 48, PerHour: perHour}
		p.Sessions = wire.PlanSessions{Pattern: wire.SessionsExponential, MeanSeconds: length}
		run := simulated(t, p).Runs[0]
		queued, arrived = queued+run.Queued, arrived+run.Arrived
		median += *run.QueuedWaitP50Seconds / evenings
	}
	if share := float64(queued) / float64(arrived); math.Abs(share-waits) > .05 {
		t.Errorf("%.3f of %d have to wait, in theory %.3f", share, arrived, waits)
	}
	if want := mean * math.Ln2; math.Abs(median-want) > .15*want {
		t.Errorf("half of those who wait do for %.0f s, in theory %.0f s", median, want)
	}
}

func TestMoreSeatsMeanShorterWaits(t *testing.T) {
	p := anEvening()
	p.PatienceSeconds, p.Capacities = 0, []int{60, 70, 80, 90, 100, 120, 150, 200}
	before := math.Inf(1)
	for _, run := range simulated(t, p).Runs {
		if *run.WaitP95Seconds > before+1 {
			t.Errorf("with %d seats 95 of 100 wait %v s, with fewer %v s", run.Capacity, *run.WaitP95Seconds, before)
		}
		before = *run.WaitP95Seconds
	}
}
