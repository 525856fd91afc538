package auth_test

import (
	"net/netip"
	"testing"
	"time"

	"gatekeeper/admission/auth"
)

func TestTenWrongPasswordsSlowANameButNotAtHome(t *testing.T) {
	l := auth.NewNameLimiter()
	home, away := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("203.0.113.9")
	now := time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC)
	if _, ok := l.Take("ana", home, now); !ok {
		t.Fatal("the first try is refused")
	}
	l.Succeeded("ana", home, now)
	for i := range 10 {
		now = now.Add(time.Second)
		if _, ok := l.Take("ana", away, now); !ok {
			t.Fatalf("try %d is refused", i)
		}
		if slowed := l.Failed("ana", now); slowed != (i == 9) {
			t.Errorf("failure %d: slowed %v", i, slowed)
		}
	}
	now = now.Add(3 * time.Second)
	if wait, ok := l.Take("ana", away, now); ok || wait != 7*time.Second {
		t.Errorf("after ten: %v %v", wait, ok)
	}
	if _, ok := l.Take("bob", away, now); !ok {
		t.Error("another name is slowed")
	}
	if _, ok := l.Take("ana", home, now); !ok {
		t.Error("its own player is slowed")
	}
	l.Succeeded("ana", home, now)
	now = now.Add(10 * time.Second)
	if _, ok := l.Take("ana", away, now); !ok {
		t.Error("ten seconds later there is no try")
	}
	if l.Failed("ana", now) {
		t.Error("it is told of twice")
	}
	if _, ok := l.Take("ana", away, now.Add(9*time.Second)); ok {
		t.Error("there are two tries in ten seconds")
	}
	now = now.Add(11 * time.Minute)
	for range 3 {
		if _, ok := l.Take("ana", away, now); !ok {
			t.Error("it is slowed for good")
		}
	}
}
