package auth_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

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
		"ana\ufffd": false, "аna": false, "anaα": false, "Ելена": false, "a\u0301\u0301\u0301\u0301na": false, "\u0301ana": false,
		"Анна": true, "Ελένη": true, "김Kim철수": true, "王Wang小明": true, "อานนท์": true, "Nguyễn": true, "Nguye\u0302\u0303n": true,
		"ana\ufe0f": false, "an\u034fa": false, "\u3164\u3164\u3164": false, "\u2800\u2800\u2800": false, "ana\x00": false, "an\u202ea": false, "an\u200ba": false, strings.Repeat("a", 33): false, "an\xff": false,
	} {
		if auth.ValidName(name) != want {
			t.Errorf("ValidName(%q) is %v", name, !want)
		}
	}
	if auth.FoldName("ANA") != auth.FoldName("ana") || auth.FoldName("ａｎａ") != auth.FoldName("ana") {
		t.Error("names that look alike are two")
	}
}

func TestNamesThatAreDrawnAlikeAreOne(t *testing.T) {
	for other, name := range map[string]string{
		"асе": "ace", "АСЕ": "ACE", "Ѕоре": "Sope", "ΝΙΚΟ": "viko", "ｒｏｏｔ": "root", "𝓻𝓸𝓸𝓽": "root", "ⓡⓞⓞⓣ": "root", "ﬁne": "fine",
		"NGUYE\u0302\u0303N": "nguyễn", "straße": "STRASSE",
	} {
		if auth.FoldName(other) != auth.FoldName(name) {
			t.Errorf("%q folds to %q, and %q to %q", other, auth.FoldName(other), name, auth.FoldName(name))
		}
	}
	for _, two := range [][2]string{{"Paul", "PauI"}, {"bob", "b0b"}, {"Анна", "Aнна"[1:]}, {"rn.rn", "m.m"}} {
		if auth.FoldName(two[0]) == auth.FoldName(two[1]) {
			t.Errorf("%q and %q are one name", two[0], two[1])
		}
	}
}

func TestTheCaseOfALetterMakesNoOtherName(t *testing.T) {
	for r := range rune(unicode.MaxRune) {
		upper, lower := unicode.ToUpper(r), unicode.ToLower(r)
		// Where case is not one to one, as with the Turkish i, the letters are two.
		if upper == lower || unicode.ToLower(upper) != r && unicode.ToUpper(lower) != r {
			continue
		}
		if a, b := auth.FoldName(string(upper)), auth.FoldName(string(lower)); a != b {
			t.Errorf("%U and %U are %q and %q", upper, lower, a, b)
		}
	}
}

func TestAnUnknownNameCostsAsMuchAsAKnownOne(t *testing.T) {
	p := auth.NewPasswords()
	// The very first call, too: it must hash once, no more. Memory tells what time only suggests.
	const one = 19 << 20
	if got := allocated(func() { _ = p.VerifyNobody(t.Context(), "correct horse") }); got < one || got >= 2*one {
		t.Errorf("the first unknown name allocates %d bytes, one hash takes %d", got, one)
	}
	if err := p.VerifyNobody(t.Context(), "correct horse"); err != nil {
		t.Error(err)
	}
}

func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAFloodOfAddressesStaysCheapAndBounded(t *testing.T) {
	l := auth.NewAddressLimiter(20, 1000)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const flood = 300_000 // with a sweep at each try beyond the bound this takes minutes
	began := time.Now()
	for i := range uint32(flood) {
		if _, ok := l.Take(network(i), false, now); !ok {
			t.Fatalf("address %d is limited at its first try", i)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%d addresses took %s", flood, took)
	}
}

// network returns an address in a /64 of its own.
func network(i uint32) netip.Addr {
	raw := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint32(raw[4:], i)
	return netip.AddrFrom16(raw)
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
