package imservice

import (
	"unicode"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const maxName = 64 // bytes

// errBadName says what an account name has to be.
var errBadName = &rpc.Error{
	Code: msgdef.CodeBadAccount,
	Detail: "an account name is 1 to 64 bytes of UTF-8, all of them visible: " +
		"no spaces, no control characters, no ';'",
}

// checkName returns errBadName for what cannot be the name of an account.
// Invisible characters are out because two names must not look the same for
// want of one; ';' is out because clients put it between a name and a text.
func checkName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return errBadName
	}
	for _, r := range name {
		if r == ';' || r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return errBadName
		}
	}
	return nil
}
