// Package auth finds out who is asking: names, passwords, tokens, and how often an address may try.
package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"gatekeeper/admission/shed"
)

// Passwords hashes and verifies with argon2id. Each hash takes 19 MiB and some tens of milliseconds of a core, so
// as many run at once as there are cores, halved, so that those inside have the other half; some more wait, and the rest
// is refused at once. Without that, log-in would be a denial of service.
type Passwords struct {
	turns  *shed.Limit
	params *argon2id.Params
	nobody string // a hash that no password matches, of the same cost to check as any
}

// NewPasswords returns a hasher.
func NewPasswords() *Passwords {
	params := &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	turns := (runtime.GOMAXPROCS(0) + 1) / 2
	return &Passwords{
		turns:  shed.NewLimit(turns, waitersPerTurn*turns, turnWait),
		params: params,
		nobody: unmatchable(params),
	}
}

// argon2Version is the only one that RFC 9106 knows.
const argon2Version = 0x13

// unmatchable writes random bits where a hash would be. Hashing something instead would cost memory at the start, or
// make the first unknown name take twice as long, which tells that it is unknown.
func unmatchable(p *argon2id.Params) string {
	random := make([]byte, p.SaltLength+p.KeyLength)
	_, _ = rand.Read(random) // never fails: it ends the process instead
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2Version, p.Memory, p.Iterations, p.Parallelism,
		encode(random[:p.SaltLength]), encode(random[p.SaltLength:]))
}

const (
	// waitersPerTurn is how many may wait for each turn: together about half a second's work.
	waitersPerTurn = 16
	// turnWait bounds how long a log-in waits for its turn.
	turnWait = 5 * time.Second
)

func (p *Passwords) turn(ctx context.Context, work func() error) error {
	if err := p.turns.Enter(ctx); err != nil {
		return err
	}
	defer p.turns.Leave()
	return work()
}

// Hash returns what is stored of a password. Error: shed.Busy.
func (p *Passwords) Hash(ctx context.Context, password string) (hash string, err error) {
	err = p.turn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, p.params)
		return err
	})
	return hash, err
}

// Verify reports whether the password is the one that was hashed. Error: shed.Busy, or a hash that cannot be read.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (right bool, err error) {
	err = p.turn(ctx, func() error {
		right, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return right, err
}

// VerifyNobody takes as long as Verify, for a name that does not exist. Error: shed.Busy.
func (p *Passwords) VerifyNobody(ctx context.Context, password string) error {
	_, err := p.Verify(ctx, password, p.nobody)
	return err
}

// ValidPassword reports whether the password has 8 to 256 characters.
func ValidPassword(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= 8 && n <= 256
}
