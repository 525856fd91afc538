package auth_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gatekeeper/admission/auth"
)

func TestACodeIsGoodOnceAndForItsStepAndTheNext(t *testing.T) {
	made, err := auth.NewTOTP("gatekeeper", "olga")
	if err != nil || len(made.QR) == 0 {
		t.Fatal(err)
	}
	now := time.Date(2030, 1, 1, 12, 0, 10, 0, time.UTC)
	code, err := totp.GenerateCode(made.Secret, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		at   time.Duration
		good bool
	}{"at once": {0, true}, "a step later": {30 * time.Second, true}, "two steps later": {time.Minute, false}, "a step before": {-30 * time.Second, true}} {
		if auth.NewCodes().Check(made.Secret, code, now.Add(c.at)) != c.good {
			t.Errorf("%s: %t", name, !c.good)
		}
	}
	codes := auth.NewCodes()
	if !codes.Check(made.Secret, code, now) || codes.Check(made.Secret, code, now) || codes.Check(made.Secret, "", now) {
		t.Error("a code is good twice, or none is")
	}
}

func TestALockedNameIsFreeElsewhere(t *testing.T) {
	l, now := auth.NewLoginLock(), time.Now()
	here, there := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("203.0.113.9")
	for range 10 {
		if _, ok := l.Take("olga", here, now); !ok {
			t.Fatal("it is locked too early")
		}
	}
	if wait, ok := l.Take("olga", here, now.Add(time.Minute)); ok || wait != 9*time.Minute || l.Left("olga", here) != 0 {
		t.Errorf("after ten failures: %v %t", wait, ok)
	}
	if _, ok := l.Take("olga", there, now); !ok {
		t.Error("it is locked elsewhere, too")
	}
	l.Succeeded("olga", there)
	if l.Left("olga", there) != 10 {
		t.Error("a success forgets nothing")
	}
}
