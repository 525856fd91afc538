package auth

import (
	"bytes"
	"image/png"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// TOTP is a second factor after RFC 6238 as it is offered: six digits, every 30 seconds.
type TOTP struct {
	Secret string // Base32
	URI    string // otpauth:
	QR     []byte // a PNG of it
}

const (
	totpPeriod = 30
	qrSize     = 220 // pixels
)

// NewTOTP makes a second factor for an operator of the issuer.
func NewTOTP(issuer, name string) (t TOTP, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: name, Period: totpPeriod})
	if err != nil {
		return t, err
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return t, err
	}
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		return t, err
	}
	return TOTP{Secret: key.Secret(), URI: key.URL(), QR: data.Bytes()}, nil
}

// Codes checks the codes of second factors, each of which is good once.
type Codes struct {
	mu   sync.Mutex // guards used
	used map[string]int64
}

// NewCodes returns a checker that has seen none.
func NewCodes() *Codes { return &Codes{used: make(map[string]int64)} }

// Check reports whether the code is the secret's of now, or of the step before or after, and was not used before. Keys
// of the memory are the secrets of operators, so it is as small as their number.
func (c *Codes) Check(secret, code string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	options := totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	for _, shift := range []int64{0, -1, 1} {
		step := now.Unix()/totpPeriod + shift
		right, err := totp.ValidateCustom(code, secret, time.Unix(step*totpPeriod, 0), options)
		if err == nil && right && step > c.used[secret] {
			c.used[secret] = step
			return true
		}
	}
	return false
}
