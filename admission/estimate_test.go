package admission_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
)

// evening is a workload: players come in a steady stream to a full instance, wait and play.
type evening struct {
	seats   int
	arrival time.Duration // between two players, on average
	lasts   time.Duration
	// plays tells when a session that begins now ends.
	plays func(r *rand.Rand, begins time.Time) time.Time
}

// told is an estimate together with the truth.
type told struct {
	position int
	estimate admission.Estimate
	at       time.Time
	waited   time.Duration
}

var eveningBegins = time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC)

// run plays the evening with the real engine and returns every estimate that came true before its end.
func (e evening) run(t *testing.T, seed uint64) (list []told, unknown int) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity, s.QueueMax = e.seats, admission.MaxQueue })
	r := rand.New(rand.NewPCG(seed, 1))
	type leaver struct {
		p  *player
		at time.Time
	}
	var playing []leaver
	waiting := map[admission.CharacterID]*told{}
	waiters := map[admission.CharacterID]*player{}
	next := w.now
	sit := func(p *player) {
		playing = append(playing, leaver{p, e.plays(r, w.now)})
		if hope := waiting[p.id]; hope != nil {
			hope.waited = w.now.Sub(hope.at)
			if hope.estimate.IsKnown() {
				list = append(list, *hope)
			} else {
				unknown++
			}
		}
		delete(waiting, p.id)
		delete(waiters, p.id)
	}
	for n := 0; w.now.Before(eveningBegins.Add(e.lasts)); {
		slices.SortFunc(playing, func(a, b leaver) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.p.id, b.p.id)) })
		if len(playing) > 0 && !playing[0].at.After(next) {
			w.passes(max(0, playing[0].at.Sub(w.now)))
			gone := playing[0].p
			playing = playing[1:]
			gone.leaves()
			for _, p := range waiters {
				if e := w.in.Existing(p.id); e != nil && e.State == admission.Promoted {
					p.hears()
					sit(p)
				}
			}
			continue
		}
		w.passes(max(0, next.Sub(w.now)))
		next = w.now.Add(time.Duration(r.ExpFloat64() * float64(e.arrival)))
		n++
		p := w.player(fmt.Sprint("p", n))
		if o := p.connects(); o.Kind == admission.OutcomeQueued {
			p.waits()
			waiting[p.id] = &told{position: o.Position, estimate: o.Estimate, at: w.now}
			waiters[p.id] = p
			continue
		}
		p.attaches()
		sit(p)
	}
	return list, unknown
}

func exponential(mean time.Duration) func(*rand.Rand, time.Time) time.Time {
	return func(r *rand.Rand, begins time.Time) time.Time {
		return begins.Add(time.Duration(r.ExpFloat64() * float64(mean)))
	}
}

func lognormal(mean time.Duration, sigma float64) func(*rand.Rand, time.Time) time.Time {
	return func(r *rand.Rand, begins time.Time) time.Time {
		return begins.Add(time.Duration(float64(mean) * math.Exp(sigma*r.NormFloat64()-sigma*sigma/2)))
	}
}

// parties end sessions in groups: everybody who is in leaves at the next of some random moments, with some probability.
func rounds(every time.Duration, leaves float64) func(*rand.Rand, time.Time) time.Time {
	return func(r *rand.Rand, begins time.Time) time.Time {
		n := int64(begins.Sub(eveningBegins)/every) + 1
		for r.Float64() > leaves {
			n++
		}
		return eveningBegins.Add(time.Duration(n) * every)
	}
}

// parties sit down one after another and leave together.
func parties(mean time.Duration, most int) func(*rand.Rand, time.Time) time.Time {
	var left int
	var until time.Time
	return func(r *rand.Rand, begins time.Time) time.Time {
		if left == 0 || !until.After(begins) {
			left, until = 1+r.IntN(most), begins.Add(time.Duration(r.ExpFloat64()*float64(mean)))
		}
		left--
		return until
	}
}

func varyingRounds(mean time.Duration) func(*rand.Rand, time.Time) time.Time {
	var until time.Time
	return func(r *rand.Rand, begins time.Time) time.Time {
		if !until.After(begins) || until.Sub(begins) > 2*mean { // or it is of another evening
			until = begins.Add(time.Duration((.75 + .5*r.Float64()) * float64(mean)))
		}
		return until
	}
}

// leastEstimates is how many came true at least before a workload is judged.
const leastEstimates = 10_000

// TestEstimatesAreCalibrated judges estimates by what came true: of all waits, how many were not longer than the upper
// figure, and than the median.
func TestEstimatesAreCalibrated(t *testing.T) {
	type share struct{ least, most float64 }
	chance, atOnce := share{.85, .97}, share{.85, 1}
	for name, c := range map[string]struct {
		evening
		under share
	}{
		"steady, 10 seats, half an hour each":      {evening{10, 170 * time.Second, 12 * time.Hour, exponential(30 * time.Minute)}, chance},
		"steady, 50 seats, ten minutes each":       {evening{50, 11 * time.Second, 6 * time.Hour, exponential(10 * time.Minute)}, chance},
		"steady, 200 seats, most stay briefly":     {evening{200, 5500 * time.Millisecond, 4 * time.Hour, lognormal(20*time.Minute, .8)}, chance},
		"parties of up to 8":                       {evening{50, 13 * time.Second, 6 * time.Hour, parties(10*time.Minute, 8)}, chance},
		"parties of up to 20":                      {evening{100, 7 * time.Second, 5 * time.Hour, parties(10*time.Minute, 20)}, chance},
		"rounds of two minutes, a tenth leaves":    {evening{50, 22 * time.Second, 6 * time.Hour, rounds(2*time.Minute, .1)}, chance},
		"rounds of five minutes, a quarter leaves": {evening{50, 22 * time.Second, 6 * time.Hour, rounds(5*time.Minute, .25)}, atOnce},
		"everybody leaves every 20 minutes":        {evening{50, 22 * time.Second, 6 * time.Hour, rounds(20*time.Minute, 1)}, atOnce},
		"everybody leaves, nobody knows when":      {evening{50, 22 * time.Second, 6 * time.Hour, varyingRounds(20 * time.Minute)}, atOnce},
	} {
		t.Run(name, func(t *testing.T) {
			var all []told
			unknown := 0
			for seed := uint64(0); len(all) < leastEstimates; seed++ {
				list, u := c.run(t, seed)
				all, unknown = append(all, list...), unknown+u
			}
			under := func(figure func(admission.Estimate) time.Duration) float64 {
				n := 0
				for _, x := range all {
					if x.waited <= figure(x.estimate) {
						n++
					}
				}
				return float64(n) / float64(len(all))
			}
			upper := under(func(e admission.Estimate) time.Duration { return e.Upper })
			median := under(func(e admission.Estimate) time.Duration { return e.Median })
			t.Logf("%d estimates, %d unknown; %.1f %% under the upper figure, %.1f %% under the median", len(all), unknown, 100*upper, 100*median)
			if upper < c.under.least || upper > c.under.most {
				t.Errorf("%.1f %% of waits are under the upper figure", 100*upper)
			}
			if median < .4 || median > .95 {
				t.Errorf("%.1f %% of waits are under the median", 100*median)
			}
			if len(all) < 10*unknown {
				t.Errorf("%d of %d are unknown", unknown, len(all)+unknown)
			}
		})
	}
}

func TestAnEstimateNeedsSomebodyToHaveLeft(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 2 })
	ana, bob := w.player("ana").plays(), w.player("bob").plays()
	cyd, dan := w.player("cyd"), w.player("dan")
	if o := cyd.connects(); o.Estimate.IsKnown() {
		t.Errorf("nobody has left yet: %v", o.Estimate)
	}
	cyd.waits()
	w.passes(10 * time.Minute)
	ana.leaves()
	cyd.hears()
	first := dan.connects().Estimate
	if !first.IsKnown() || first.Median > first.Upper {
		t.Fatalf("somebody has left: %v", first)
	}
	dan.waits()
	if eve := w.player("eve").connects().Estimate; eve.Median <= first.Median || eve.Upper <= first.Upper {
		t.Errorf("the second is to wait %v, the first %v", eve, first)
	}
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeMaintenance })
	if e := w.in.Estimate(1, w.now); e.IsKnown() {
		t.Errorf("nothing moves, but the first waits %v", e)
	}
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeOpen })
	// Two seats and one departure in ten minutes make a gap of ten minutes, twice that of one seat.
	for passed := time.Duration(0); passed < 3*time.Hour; passed += 10 * time.Minute {
		if !w.in.Estimate(1, w.now).IsKnown() {
			if passed < 20*time.Minute {
				t.Errorf("it is unknown after %v already", passed)
			}
			bob.leaves()
			if !w.in.Estimate(1, w.now).IsKnown() {
				t.Error("somebody left, but nobody can tell again")
			}
			return
		}
		w.passes(10 * time.Minute)
	}
	t.Error("nobody left for three hours, and the wait is still said to be known")
}

func TestMoreSeatsShortenTheEstimate(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 20 })
	var in []*player
	for i := range 20 {
		in = append(in, w.player(fmt.Sprint("p", i)).plays())
	}
	for i := range 10 {
		w.passes(time.Minute)
		in[i].leaves()
		w.player(fmt.Sprint("q", i)).plays()
	}
	few := w.in.Estimate(30, w.now)
	w.applies(func(s *admission.Settings) { s.Capacity = 40 })
	for i := range 20 {
		w.player(fmt.Sprint("r", i)).plays()
	}
	if many := w.in.Estimate(30, w.now); many.Median > few.Median*2/3 {
		t.Errorf("with twice the seats the wait is %v, before it was %v", many, few)
	}
	w.applies(func(s *admission.Settings) { s.Capacity = 20 })
	if over := w.in.Estimate(30, w.now); over.Median <= few.Median*2/3 {
		t.Errorf("20 more have to leave first, but the wait is %v, with 20 fewer it was %v", over, few)
	}
}

func TestARestartStillKnowsTheWait(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 20 })
	in := map[int]*player{}
	for i := range 120 {
		w.passes(30 * time.Second)
		if i >= 20 {
			in[i-20].leaves()
		}
		in[i] = w.player(fmt.Sprint("p", i)).plays()
	}
	before := w.in.Estimate(10, w.now)
	names := func(id admission.CharacterID) string { return string(id) }
	rows := make([]admission.PlaceRow, 0, len(w.rows))
	for _, row := range w.rows {
		rows = append(rows, row)
	}
	w.in = admission.NewInstance(w.in.Settings, w.mint)
	w.now = w.now.Add(10 * time.Second)
	w.in.Recall(w.log, w.now)
	w.in.Restore(rows, names, w.now)
	after := w.in.Estimate(10, w.now)
	if !after.IsKnown() || after.Median < before.Median*8/10 || after.Median > before.Median*12/10 {
		t.Errorf("before the restart the wait was %v, after it %v", before, after)
	}
}
