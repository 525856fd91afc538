package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatekeeper/admission/sim"
	"gatekeeper/admission/telemetry"
)

const (
	liveEvery  = 500 * time.Millisecond // on a terminal
	plainEvery = 10 * time.Second       // elsewhere
)

// showProgress writes how far a load test is, until stop is called: over and over on one line of a terminal, elsewhere a
// line each 10 s.
func showProgress(to io.Writer, test *sim.Bench, players int) (stop func()) {
	every, write := plainEvery, func(line string) { fmt.Fprintln(to, line) }
	isLive := telemetry.IsTerminal(to)
	if isLive {
		every, write = liveEvery, func(line string) { fmt.Fprintf(to, "\r\x1b[K\x1b[?7l%s\x1b[?7h", line) } // cut off, not wrapped
	}
	began, done := time.Now(), make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				write(progressLine(test.Progress(), players, now.Sub(began), now))
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		showing.Wait()
		if isLive {
			write("")
		}
	}
}

func progressLine(p sim.Progress, players int, took time.Duration, now time.Time) string {
	clock := took.Round(time.Second)
	if !p.IsRunning {
		line := fmt.Sprintf("%s  %s/%s players made", clock, grouped(p.Made), grouped(players))
		if wait := p.Closed.Sub(now); wait > 0 {
			line += fmt.Sprintf("; the server makes no more accounts for %s (raise its --limit-private or --limit-internet)", wait.Round(time.Second))
		}
		return line
	}
	c := p.Crowd
	failed := 0
	for _, n := range c.Failed {
		failed += n
	}
	return fmt.Sprintf("%s  %s/%s arrived, %s queued, %s playing, %s away, %s errors, admission p95 %s, %s left, %s failed",
		clock, grouped(c.Arrived), grouped(players), grouped(c.Queued), grouped(c.Playing), grouped(c.Dropped), grouped(p.Errors),
		sim.TellSeconds(p.Admission.P95Seconds), grouped(c.Left), grouped(failed))
}

// printLoad writes a report for people.
func printLoad(w world, r sim.Report, rules []sim.Rule) error {
	fmt.Fprintf(w.stdout, "Load test of %s (gatekeeper %s), instance %s\n", r.Server, r.Version, r.Plan.InstanceID)
	fmt.Fprintf(w.stdout, "%s players, %g a second, sessions of %s in the mean, %s lose their line; it took %s\n",
		grouped(r.Plan.Players), r.Plan.ArrivalPerSecond, sim.TellSeconds(r.Plan.SessionSeconds), sim.TellShare(r.Plan.DropRate),
		sim.TellSeconds(r.TookSeconds))
	fmt.Fprintf(w.stdout, "The players were made ready in %s, accounts: %s%s\n\n", sim.TellSeconds(r.Preparation.TookSeconds),
		grouped(r.Preparation.Accounts), throttled(r.Preparation.Throttled))
	for _, part := range []func(world, sim.Report) error{printOutcomes, printSpreads, printFigures, printErrors} {
		if err := part(w, r); err != nil {
			return err
		}
		fmt.Fprintln(w.stdout)
	}
	return printRules(w, r, rules)
}

func throttled(times int) string {
	if times == 0 {
		return ""
	}
	return fmt.Sprintf("; answers that said to come later: %s", grouped(times))
}

func printOutcomes(w world, r sim.Report) error {
	o := r.Outcomes
	return table(w, "OUTCOME\tPLAYERS\tSHARE", func(row func(...any)) {
		tell := func(name string, n int) {
			row(name, grouped(n), sim.TellShare(float64(n)/float64(max(o.Arrived, 1))))
		}
		tell("arrived", o.Arrived)
		tell("admitted", o.Admitted)
		tell("queued", o.Queued)
		for _, reason := range byCount(o.Failed) {
			tell("failed: "+reason, o.Failed[reason])
		}
		if o.Timeout > 0 {
			tell("timeout", o.Timeout)
		}
	})
}

func printSpreads(w world, r sim.Report) error {
	return table(w, "TIME\tCOUNT\tP50\tP95\tP99\tMAX", func(row func(...any)) {
		for _, line := range []struct {
			name string
			sim.ReportSpread
		}{
			{"admission (attempt to answer)", r.Admission},
			{"attach (dial to seat)", r.Attach},
			{"wait in the queue", r.Wait},
			{"reconnection (dial to seat)", r.Reconnections.Spread()},
		} {
			if line.Count == 0 {
				row(line.name, 0, "-", "-", "-", "-")
				continue
			}
			row(line.name, grouped(line.Count), sim.TellSeconds(line.P50Seconds), sim.TellSeconds(line.P95Seconds),
				sim.TellSeconds(line.P99Seconds), sim.TellSeconds(line.MaxSeconds))
		}
	})
}

func printFigures(w world, r sim.Report) error {
	back, told := r.Reconnections, r.Estimates
	if back.Attempted > 0 {
		fmt.Fprintf(w.stdout, "Reconnections: %s of %s succeeded (%s)\n", grouped(back.Succeeded), grouped(back.Attempted), sim.TellShare(back.Share))
	} else {
		fmt.Fprintln(w.stdout, "Reconnections: nobody lost the line")
	}
	if told.Count > 0 {
		fmt.Fprintf(w.stdout, "Estimates: of %s waits %s were within the median estimate (50 %% are expected) and %s within the upper one (90 %%)\n",
			grouped(told.Count), sim.TellShare(told.UnderMedian), sim.TellShare(told.UnderUpper))
	} else {
		fmt.Fprintln(w.stdout, "Estimates: nobody who was given one came to the end of a wait")
	}
	return nil
}

func printErrors(w world, r sim.Report) error {
	if len(r.Errors) == 0 {
		fmt.Fprintln(w.stdout, "Errors: none")
		return nil
	}
	return table(w, "ERROR\tCOUNT", func(row func(...any)) {
		for _, code := range byCount(r.Errors) {
			row(code, grouped(r.Errors[code]))
		}
	})
}

func printRules(w world, r sim.Report, rules []sim.Rule) error {
	return table(w, "RULE\tMEASURED\tHOLDS", func(row func(...any)) {
		for i, judged := range r.SLO {
			holds := "yes"
			if !judged.Holds {
				holds = "NO"
			}
			row(judged.Rule, rules[i].Tell(judged.Value), holds)
		}
	})
}

// byCount lists the codes, the most frequent first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}

// grouped writes a count, its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
