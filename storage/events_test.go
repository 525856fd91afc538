package storage

import (
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestEventsAreChosen(t *testing.T) {
	s := open(t, newPath(t))
	var events []admission.Event
	for i := range uint64(100) {
		e := admission.Event{Seq: i + 1, Time: noon.Add(time.Duration(i) * time.Minute), Name: admission.EventAttempt, Instance: "main"}
		switch {
		case i%10 == 0:
			e.Name, e.Account, e.Reason = admission.EventFailed, "ana", "QUEUE_FULL"
		case i%10 == 1:
			e.Name, e.Instance, e.Character, e.Session, e.Attempt = admission.EventPromoted, "other", "bo", "s", "a"
		}
		events = append(events, e)
	}
	if err := s.Commit(nil, events, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter admission.EventFilter
		want   []uint64
	}{
		"by account, the newest first":       {admission.EventFilter{Account: "ana", NewestFirst: true, Limit: 3}, []uint64{91, 81, 71}},
		"before one":                         {admission.EventFilter{Account: "ana", Before: 71, NewestFirst: true, Limit: 2}, []uint64{61, 51}},
		"between two":                        {admission.EventFilter{Since: 3, Before: 7}, []uint64{4, 5, 6}},
		"by a name":                          {admission.EventFilter{Name: "connection.failed", Limit: 2}, []uint64{1, 11}},
		"by a family of names":               {admission.EventFilter{Name: "queue.", Limit: 2}, []uint64{2, 12}},
		"a part of a word is no family":      {admission.EventFilter{Name: "que"}, nil},
		"a family is not its neighbour":      {admission.EventFilter{Name: "connection.fail"}, nil},
		"by instance":                        {admission.EventFilter{Instance: "other", Since: 80}, []uint64{82, 92}},
		"by character, session and attempt":  {admission.EventFilter{Character: "bo", Session: "s", Attempt: "a", Since: 80}, []uint64{82, 92}},
		"by reason":                          {admission.EventFilter{Reason: "QUEUE_FULL", Since: 80}, []uint64{81, 91}},
		"from a time":                        {admission.EventFilter{From: noon.Add(97 * time.Minute)}, []uint64{98, 99, 100}},
		"up to a time":                       {admission.EventFilter{To: noon.Add(2 * time.Minute)}, []uint64{1, 2}},
		"between times, the other way round": {admission.EventFilter{From: noon.Add(5 * time.Minute), To: noon.Add(7 * time.Minute), NewestFirst: true}, []uint64{7, 6}},
	} {
		got, err := s.Events(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var seqs []uint64
		for _, e := range got {
			seqs = append(seqs, e.Seq)
		}
		if !slices.Equal(seqs, c.want) {
			t.Errorf("%s: got %v, want %v", name, seqs, c.want)
		}
	}
}

func TestTheFirstEventSinceATimeIsFound(t *testing.T) {
	s := open(t, newPath(t))
	expectFirst(t, s, noon, 1)
	var events []admission.Event
	for i := range uint64(50) {
		events = append(events, admission.Event{Seq: i + 1, Time: noon.Add(time.Duration(i/2) * time.Second), Name: "x"})
	}
	if err := s.Commit(nil, events, nil); err != nil {
		t.Fatal(err)
	}
	expectFirst(t, s, noon.Add(-time.Hour), 1)
	expectFirst(t, s, noon.Add(10*time.Second), 21)
	expectFirst(t, s, noon.Add(9500*time.Millisecond), 21)
	expectFirst(t, s, noon.Add(time.Hour), 51)
}

func expectFirst(t *testing.T, s *Store, at time.Time, want uint64) {
	t.Helper()
	got, err := s.firstSince(t.Context(), millis(at))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("since %s comes %d first, want %d", at, got, want)
	}
}
