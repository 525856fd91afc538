package admission_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// mutants break one promise each, by one line. `make mutants` runs the tests against every one of them and fails where
// the test named here does not notice.
var mutants = map[string]struct {
	file, was, is string
	caught        string
}{
	"I1 one seat too many is given": {
		"checks.go", "return in.SeatsTaken() < in.Capacity && in.queue.next() == nil", "return in.SeatsTaken() <= in.Capacity && in.queue.next() == nil",
		"TestAFullInstanceQueuesInOrder",
	},
	"I1 a place in grace does not count": {
		"instance.go", "in.count.of(Reserved) + in.count.of(Active) + in.count.of(Grace)\n}\n\n// Seats counts", "in.count.of(Reserved) + in.count.of(Active)\n}\n\n// Seats counts",
		"TestADropHoldsTheSeatForTheGrace",
	},
	"I2 the place on another instance is not looked at": {
		"checks.go", "t.away = t.Other.Place(id)", "_ = t.Other.Place(id)",
		"TestASessionElsewhereIsReplacedOnlyWhereThePolicySaysAnywhere",
	},
	"I2 a move ends nothing": {
		"replacement.go", "\thome.hide(t.c, old)\n", "",
		"TestAQueuePlaceElsewhereMovesToTheEndAfterAsking",
	},
	"I3 a restart turns the queue round": {
		"instance.go", "cmp.Compare(a.Line, b.Line)", "cmp.Compare(b.Line, a.Line)",
		"TestEveryStoryKeepsTheInvariants",
	},
	"I3 the first unclaimed promotion costs the rank": {
		"waiting.go", "const maxMissed = 2", "const maxMissed = 1",
		"TestAnUnclaimedPromotionReturnsToItsRankOnce",
	},
	"I3 a place on the move is promoted over": {
		"replacement.go", "home.queue.mark(old, false)", "home.queue.mark(old, old.isReady)",
		"TestAMoveThatIsTakenBackHasNeverBeen",
	},
	"I4 a leave leaves the seat free": {
		"session.go", "in.end(c, p, why, message, now)\n\tin.settle(c, now)", "in.end(c, p, why, message, now)",
		"TestAFreedSeatGoesToTheFirstWithoutAClick",
	},
	"I4 a completed move leaves the seat free": {
		"replacement.go", "d.home.depart(d.prior, now)\n\td.home.settle(c, now)", "d.home.depart(d.prior, now)",
		"TestASessionElsewhereIsReplacedOnlyWhereThePolicySaysAnywhere",
	},
	"I5 a timeout leaves its place behind": {
		"gate/connect.go", "return d.Withdraw(reached == stageWriting, now), true", "return &admission.Change{}, true",
		"TestAnAttemptThatCannotBeWrittenTimesOutAndLeavesNothing",
	},
	"I5 what two attempts superseded is lost": {
		"withdraw.go", "case above != nil:", "case above != nil && false:",
		"TestAttemptsThatAreTakenBackInAnyOrderHaveNeverBeen",
	},
	"I5 a replaced session does not come back": {
		"withdraw.go", "\td.home.bringBack(c, d.prior, now)\n", "",
		"TestAttemptsThatAreTakenBackInAnyOrderHaveNeverBeen",
	},
	"I6 an acknowledged token leaves its predecessor alive": {
		"token.go", "\tif t.Next.IsZero() {\n", "\tif !t.Next.IsZero() {\n",
		"TestAReconnectionTokenSurvivesADropAtAnyMoment",
	},
	"I6 a sessionToken outlives its window": {
		"session.go", "hash == p.SessionToken && now.Before(p.tokenUntil)", "hash == p.SessionToken",
		"TestASessionTokenIsGoodForTheClaimWindowAlone",
	},
	"I7 an answer does not wait for its commit": {
		"gate/connect.go", "if err := g.journal.wait(ctx, entry); err != nil {", "if err := error(nil); err != nil {",
		"TestAnAttemptThatCannotBeWrittenTimesOutAndLeavesNothing",
	},
	"I8 a drain refuses those already queued": {
		"checks.go", "t.continues() || t.Instance.Mode != ModeDraining", "t.Instance.Mode != ModeDraining",
		"TestDrainLetsTheQueuedInAndNobodyNew",
	},
	"I8 the queue moves in maintenance": {
		"instance.go", "return in.Mode != ModeMaintenance && !in.heartbeat.isDown && !in.isFrozen", "return !in.heartbeat.isDown && !in.isFrozen",
		"TestMaintenanceMovesAndLosesNobody",
	},
	"I9 a sixth attempt is let through": {
		"ratelimit.go", "if len(f.at) < FailureLimit {", "if len(f.at) <= FailureLimit {",
		"TestFiveFailuresLockForAMinuteToTheMillisecond",
	},
	"I9 a failure counts a moment too long": {
		"ratelimit.go", "now.Sub(f.at[0]) >= FailureWindow", "now.Sub(f.at[0]) > FailureWindow",
		"TestFourFailuresInAnyWindowDoNotLock",
	},
	"I9 a lock is forgotten over a restart": {
		"ratelimit.go", "if row.LockedUntil.After(now) {", "if row.LockedUntil.After(row.LockedUntil) {",
		"TestALockOutlivesARestartButNotAMinute",
	},
	"I10 an attempt is no event": {
		"attempt.go", "\tt.event(EventAttempt, \"\", nil)\n", "",
		"TestEveryAttemptIsTwoEvents",
	},
	"I10 the numbers of events have gaps": {
		"gate/journal.go", "\t\tj.seq++\n", "\t\tj.seq += 2\n",
		"TestAFailedCommitIsWrittenBeforeWhatCameLater",
	},
	"an outage is charged to players": {
		"instance.go", "p.due = p.due.Add(outage)", "p.due = p.due.Add(0 * outage)",
		"TestAnOutageIsChargedToNobody",
	},
	"who attaches later is not told what the others were": {
		"session.go", "\tin.brief(c, conn) // after the frame of its place, before that of a promotion\n", "",
		"TestWhoAttachesLaterHearsWhatTheOthersWereTold",
	},
	"an empty message takes a drain back for good": {
		"notice.go", "\tfor _, n := range in.standing() {\n\t\tin.notify(c, n)\n\t}\n", "",
		"TestAnInstanceThatOpensTakesItsNoticeBack",
	},
	"a silent game server is not noticed": {
		"checks.go", "t.continues() || !t.Instance.heartbeat.isDown", "t.continues() || !t.Instance.heartbeat.due.IsZero()",
		"TestChecksRunInTheOrderOfTheContract",
	},
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

func TestMutants(t *testing.T) {
	if os.Getenv("GATEKEEPER_MUTANTS") == "" {
		t.Skip("make mutants runs it")
	}
	for promise, m := range mutants {
		t.Run(promise, func(t *testing.T) {
			source, err := filepath.Abs(m.file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), m.was); n != 1 {
				t.Fatalf("%q stands %d times in %s", m.was, n, m.file)
			}
			began := time.Now()
			caught := testsThatFail(t, source, strings.Replace(string(text), m.was, m.is, 1))
			t.Logf("caught by %s in %v", strings.Join(caught, " "), time.Since(began).Round(time.Second))
			for _, name := range caught {
				if name == m.caught {
					return
				}
			}
			t.Errorf("%s does not notice", m.caught)
		})
	}
}

// testsThatFail runs the tests with one source file replaced; the tree itself stays as it is.
func testsThatFail(t *testing.T, source, mutated string) (names []string) {
	t.Helper()
	dir := t.TempDir()
	other := filepath.Join(dir, filepath.Base(source))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: other}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{other: []byte(mutated), filepath.Join(dir, "overlay.json"): overlay} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-count=1", "-timeout=90s", "-overlay", filepath.Join(dir, "overlay.json"), ".", "./gate")
	cmd.Env = append(os.Environ(), "GATEKEEPER_MUTANTS=")
	out, _ := cmd.CombinedOutput() // it is meant to fail
	if strings.Contains(string(out), "[build failed]") {
		t.Fatalf("the mutant does not build:\n%s", out)
	}
	for _, match := range failed.FindAllStringSubmatch(string(out), -1) {
		names = append(names, match[1])
	}
	return names
}
