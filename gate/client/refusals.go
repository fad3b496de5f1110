package client

import (
	"errors"

	"github.com/sim-im/sim/msgdef"
)

// Kinds of refusals, for errors.Is on everything that wraps an *Error: what an
// app shows or does, whatever the exact code. errors.As with an *Error gives the
// code, the server's words, and with ErrBusy when to come again.
var (
	ErrUpgradeRequired = errors.New("client: this version is no longer served") // 103, 206
	ErrCredentials     = errors.New("client: wrong credentials")                // 200 to 202: account, password or token
	ErrBanned          = errors.New("client: account is banned")                // 205
	ErrReplaced        = errors.New("client: another login took the place")     // 204, 209
	ErrDeleted         = errors.New("client: account was deleted")              // 337
	ErrRevoked         = errors.New("client: sessions were ended, log in anew") // 207, 208
	ErrWrongPassword   = errors.New("client: wrong old password")               // 307
	ErrNewPassword     = errors.New("client: new password is not taken")        // 308, 309
	ErrBusy            = errors.New("client: server is busy")                   // 4xx
)

// Is tells errors.Is whether e is of a kind of refusals.
func (e *Error) Is(kind error) bool {
	switch e.Code {
	case msgdef.CodeVersion, msgdef.CodeUpgrade:
		return kind == ErrUpgradeRequired
	case msgdef.CodeBadCredentials, msgdef.CodeTokenExpired, msgdef.CodeBadAccount:
		return kind == ErrCredentials
	case msgdef.CodeBanned:
		return kind == ErrBanned
	case msgdef.CodeReplaced, msgdef.CodeOtherDevice:
		return kind == ErrReplaced
	case msgdef.CodeRevoked, msgdef.CodeTokenReused:
		return kind == ErrRevoked
	case msgdef.CodeDeleted:
		return kind == ErrDeleted
	case msgdef.CodeWrongPassword:
		return kind == ErrWrongPassword
	case msgdef.CodeWeakPassword, msgdef.CodeSamePassword:
		return kind == ErrNewPassword
	}
	return class(e.Code) == 4 && kind == ErrBusy
}
