package storage

import (
	"reflect"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestSamplesAreReadAsTheyWereWrittenAndOldOnesGo(t *testing.T) {
	s := open(t, newPath(t))
	var want []admission.Sample
	for i := range 10 {
		sample := testSample("main", noon.Add(time.Duration(i)*10*time.Second))
		if i == 9 {
			sample.WaitP50, sample.WaitP95, sample.Failures = -1, -1, nil
		}
		commit(t, s, admission.PutSample{Sample: sample, OldestKept: sample.Time.Add(-30 * time.Second)})
		want = append(want, sample)
	}
	other := testSample("other", noon)
	commit(t, s, admission.PutSample{Sample: other, OldestKept: noon})
	expectSamples(t, s, admission.SampleFilter{Instance: "main", Step: 10 * time.Second}, want[6:])
	expectSamples(t, s, admission.SampleFilter{Instance: "main", Step: 10 * time.Second, From: want[8].Time}, want[8:])
	expectSamples(t, s, admission.SampleFilter{Instance: "main", Step: time.Minute}, nil)
	expectSamples(t, s, admission.SampleFilter{Instance: "other", Step: 10 * time.Second}, []admission.Sample{other})
}

func expectSamples(t *testing.T, s *Store, f admission.SampleFilter, want []admission.Sample) {
	t.Helper()
	got, err := s.Samples(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v yields\n%+v\nwant\n%+v", f, got, want)
	}
}
