// Package issuer checks tokens that others have issued: JWTs, by the keys that
// their issuer publishes (RFC 7517, 7519), and opaque ones, by asking it
// (RFC 7662). It owns which issuers are trusted and how their subjects become
// names of accounts; whether an account exists is the message service's matter.
//
//	token ─▶ Set.Verify ─▶ JWT of a known issuer ─▶ keys (cached) ─▶ signature, exp, nbf, aud ─▶ Identity
//	                    └▶ otherwise ─▶ introspection (cached) ───────▶ active, exp, aud ──────▶ Identity
//
// A token says itself whose it is, and nothing else that it says counts before
// its signature does: neither where keys are (jku, x5u, jwk) nor an algorithm
// that is not configured. What strangers can make it do is bounded: sizes of
// tokens and answers, keys fetched per minute, questions at a time, answers kept.
//
// It may import the standard library and the JWT library. It must never log a
// token or follow a redirect, and nobody but an issuer configured is asked.
package issuer
