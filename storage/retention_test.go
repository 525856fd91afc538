package storage

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

// happen commits n more events, of which the first is a minute younger than the one before, and so on.
func happen(t *testing.T, s *Store, n int) {
	t.Helper()
	events := make([]admission.Event, n)
	for i := range events {
		seq := s.lastSeq + uint64(i) + 1
		events[i] = admission.Event{Seq: seq, Time: noon.Add(time.Duration(seq) * time.Minute), Name: admission.EventAttempt}
	}
	if err := s.Commit(nil, events, nil); err != nil {
		t.Fatal(err)
	}
}

// trimmed lets the retention do all it has to do, and returns what is left: it must have no gap.
func trimmed(t *testing.T, s *Store, now time.Time) (first, last uint64, steps int) {
	t.Helper()
	for steps = 1; s.trimOnce(now); steps++ {
	}
	var count uint64
	err := s.readers.QueryRow("SELECT min(seq), max(seq), count(*) FROM event").Scan(&first, &last, &count)
	if err != nil || count != last-first+1 {
		t.Errorf("%d events from %d to %d are left, %v", count, first, last, err)
	}
	return first, last, steps
}

func openWith(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(newPath(t), readSchema(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func TestEventsBeyondTheBoundGoInSmallSteps(t *testing.T) {
	s := openWith(t, Options{KeepEvents: 1000})
	happen(t, s, 3200)
	first, last, steps := trimmed(t, s, noon)
	if first != 2201 || last != 3200 || steps < 2200/trimStep {
		t.Errorf("%d to %d are left after %d steps", first, last, steps)
	}
}

func TestOldEventsGoAndTheNewestStays(t *testing.T) {
	s := openWith(t, Options{KeepAge: time.Hour})
	happen(t, s, 1500)
	if first, last, _ := trimmed(t, s, noon.Add(1500*time.Minute)); first != 1440 || last != 1500 {
		t.Errorf("within the hour are %d to %d", first, last)
	}
	if first, last, _ := trimmed(t, s, noon.AddDate(1, 0, 0)); first != 1500 || last != 1500 {
		t.Errorf("after a year %d to %d are left", first, last)
	}
	happen(t, s, 1)
	if _, last, _ := trimmed(t, s, noon); last != 1501 {
		t.Errorf("the count went on with %d", last)
	}
}

func TestWithoutABoundEverythingStays(t *testing.T) {
	s := openWith(t, Options{})
	happen(t, s, 1500)
	if first, last, _ := trimmed(t, s, noon.AddDate(9, 0, 0)); first != 1 || last != 1500 {
		t.Errorf("%d to %d are left", first, last)
	}
}

func TestUnderAConstantLoadTheFileStopsGrowing(t *testing.T) {
	s := openWith(t, Options{KeepEvents: 2000})
	pages := func() (n int) {
		for range 4 {
			happen(t, s, 1000)
			trimmed(t, s, noon)
		}
		if err := s.readers.QueryRow("PRAGMA page_count").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	full := pages()
	for range 5 {
		if now := pages(); now > full+full/20 {
			t.Fatalf("the file grew from %d to %d pages", full, now)
		}
	}
}
