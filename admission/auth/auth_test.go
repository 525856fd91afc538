package auth_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission/auth"
)

func TestPasswordsVerifyOnlyTheRightOne(t *testing.T) {
	p := auth.NewPasswords()
	hash, err := p.Hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatalf("the hash is %q, %v", hash, err)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if right, err := p.Verify(t.Context(), password, hash); err != nil || right != want {
			t.Errorf("%q is %v, %v", password, right, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // a cancelled caller may still get a turn; it must never hang
		_ = p.VerifyNobody(gone, "x")
	}
}

func TestNamesThatDeceiveAreRefused(t *testing.T) {
	for name, want := range map[string]bool{
		"ana": true, "Ana Lovelace": true, "アナさん": true, "an": false, " ana": false, "ana ": false,
		"ana\x00": false, "an\u202ea": false, "an\u200ba": false, strings.Repeat("a", 33): false, "an\xff": false,
	} {
		if auth.ValidName(name) != want {
			t.Errorf("ValidName(%q) is %v", name, !want)
		}
	}
	if auth.FoldName("ANA") != auth.FoldName("ana") || auth.FoldName("ａｎａ") != auth.FoldName("ana") {
		t.Error("names that look alike are two")
	}
}

func TestAnAddressHasItsTriesAMinute(t *testing.T) {
	l := auth.NewAddressLimiter(2, 1000)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	addr := netip.MustParseAddr("2001:db8::1")
	neighbour := netip.MustParseAddr("2001:db8::2") // the same /64
	l.Take(addr, false, now)
	l.Take(neighbour, false, now.Add(10*time.Second))
	wait, ok := l.Take(addr, false, now.Add(20*time.Second))
	if ok || wait != 40*time.Second {
		t.Errorf("the third try is %v, wait %s", ok, wait)
	}
	if _, ok := l.Check(addr, false, now.Add(time.Minute)); !ok {
		t.Error("a minute later it is still limited")
	}
	if _, ok := l.Take(netip.MustParseAddr("2001:db8:0:1::1"), false, now); !ok {
		t.Error("another network is limited")
	}
	lan := netip.MustParseAddr("192.168.1.1")
	for i := range 1000 {
		if _, ok := l.Take(lan, true, now); !ok {
			t.Fatalf("the LAN is limited at %d", i)
		}
	}
	if _, ok := l.Take(lan, true, now); ok {
		t.Error("the LAN is not limited at all")
	}
}
