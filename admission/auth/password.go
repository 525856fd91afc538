// Package auth finds out who is asking: names, passwords, tokens, and how often an address may try.
package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Passwords hashes and verifies with argon2id. Each hash takes 19 MiB and some tens of milliseconds of a core, so
// only as many run at once as there are cores; without that, log-in would be a denial of service.
type Passwords struct {
	turns  chan struct{}
	params *argon2id.Params
	nobody func() (string, error) // a hash that no password matches; made when first needed: it costs memory
}

// NewPasswords returns a hasher.
func NewPasswords() *Passwords {
	params := &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return &Passwords{
		turns:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		params: params,
		nobody: sync.OnceValues(func() (string, error) { return argon2id.CreateHash(NewPlayerToken(), params) }),
	}
}

// ErrBusy is returned when no turn to hash came before the context ended.
var ErrBusy = errors.New("too many log-ins at once")

// turnWait bounds how long a log-in waits for its turn.
const turnWait = 5 * time.Second

func (p *Passwords) turn(ctx context.Context, work func() error) error {
	ctx, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ErrBusy
	}
	defer func() { <-p.turns }()
	return work()
}

// Hash returns what is stored of a password. Error: ErrBusy.
func (p *Passwords) Hash(ctx context.Context, password string) (hash string, err error) {
	err = p.turn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, p.params)
		return err
	})
	return hash, err
}

// Verify reports whether the password is the one that was hashed. Error: ErrBusy, or a hash that cannot be read.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (right bool, err error) {
	err = p.turn(ctx, func() error {
		right, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return right, err
}

// VerifyNobody takes as long as Verify, for a name that does not exist. Error: ErrBusy.
func (p *Passwords) VerifyNobody(ctx context.Context, password string) error {
	hash, err := p.nobody()
	if err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	_, err = p.Verify(ctx, password, hash)
	return err
}

// ValidPassword reports whether the password has 8 to 256 characters.
func ValidPassword(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= 8 && n <= 256
}

// ValidName reports whether s may name an account: 3 to 32 printable characters, no space at its ends, nothing
// that hides or reorders text.
func ValidName(s string) bool {
	n := utf8.RuneCountInString(s)
	if !utf8.ValidString(s) || n < 3 || n > 32 || strings.TrimSpace(s) != s {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}

// FoldName makes names equal that a reader would take for one: compatible forms and case.
func FoldName(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }
