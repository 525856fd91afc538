package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// minSecret is how long a shared secret must be, in bytes: as long as what HS256 makes of it.
const minSecret = 32

// static is one key that never changes.
type static struct{ is any }

func (s static) key(*jwt.Token) (any, error)  { return s.is, nil }
func (s static) refresh(context.Context) bool { return false }

// NewSecretVerifier checks tokens that a studio's own backend signs with a secret (HS256).
func NewSecretVerifier(rules Rules, secret []byte, now func() time.Time) (*Verifier, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("the secret has %d bytes and needs %d; make one with `openssl rand -hex 32`", len(secret), minSecret)
	}
	return newVerifier(rules, static{secret}, []string{"HS256"}, now), nil
}

// NewKeyVerifier checks tokens that a studio's own backend signs with the private half of a public key, in PEM. The kind of the
// key alone says how it must be signed: a token that would rather take the key for a secret is refused.
func NewKeyVerifier(rules Rules, text []byte, now func() time.Time) (*Verifier, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is no PEM file")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it holds no public key: %w", err)
	}
	algorithms, err := algorithmsOf(public)
	if err != nil {
		return nil, err
	}
	return newVerifier(rules, static{public}, algorithms, now), nil
}

func algorithmsOf(public any) ([]string, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return nil, fmt.Errorf("an RSA key of %d bits is too short; 2048 are needed", key.N.BitLen())
		}
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, nil
	case *ecdsa.PublicKey:
		algorithm := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[key.Curve.Params().BitSize]
		if algorithm == "" {
			return nil, errors.New("this curve signs no tokens; take P-256")
		}
		return []string{algorithm}, nil
	case ed25519.PublicKey:
		return []string{"EdDSA"}, nil
	}
	return nil, fmt.Errorf("a %T signs no tokens; take RSA, P-256 or Ed25519", public)
}
