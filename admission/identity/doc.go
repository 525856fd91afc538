// Package identity tells who a player is by a token that somebody else has signed: an OIDC provider, or a studio's own
// backend with a secret or a key that both know. It decides nothing else.
//
// A token is checked once and then known by its hash until it expires. The provider's keys are fetched beside the work: a
// token of a key that is known is never kept waiting, whatever has become of the provider. One of a key that is not waits for
// a moment for the keys to be fetched again, which happens at most every ten seconds, however many such tokens come.
package identity
