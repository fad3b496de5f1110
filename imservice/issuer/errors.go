package issuer

import "errors"

// Why a token is not taken. Errors of Verify wrap one of them and say what is
// wrong in words that its owner may read.
var (
	ErrToken       = errors.New("issuer: the token proves nothing here")
	ErrExpired     = errors.New("issuer: the token has expired")
	ErrUnavailable = errors.New("issuer: the issuer does not answer")
	ErrBusy        = errors.New("issuer: too many tokens are being asked about")
)
