package rpc

import "github.com/sim-im/sim/msgdef"

// Sanction is what an operator does to an account. UID counts when it is not 0,
// otherwise Account.
//
//msgdef:struct
type Sanction struct {
	UID     uint64
	Account string `max:"64"`
	Device  uint64 // Revoke: only this one; 0 for all
	Until   int64  // Ban: Unix milliseconds; 0 for good
	Reason  string `max:"256"` // shown to the user
}

// PasswordReset is a password that an operator gives an account. UID counts when
// it is not 0, otherwise Account.
//
//msgdef:struct
type PasswordReset struct {
	UID      uint64
	Account  string `max:"64"`
	Password []byte `max:"2048" secret:"true"`
	Reason   string `max:"256"` // shown at the devices whose sessions end
}

// AccountState is an account as an operator sees it.
//
//msgdef:struct
type AccountState struct {
	UID        uint64
	Account    string `max:"64"`
	Generation uint64
	Banned     bool
	Until      int64  // Unix milliseconds; 0 for good
	Reason     string `max:"256"`
	Removed    bool

	// Of an account that was removed, while Done is below Steps there is still
	// something of it to clean. Both are 0 when all is.
	Done  uint8 `gen:"2"`
	Steps uint8 `gen:"2"`
}

// Eviction ends the sessions of a user that began before an account's
// generation. It may be repeated at any time: who has logged in since stays.
//
//msgdef:struct
type Eviction struct {
	UID        uint64
	Device     uint64 // only this one; 0 for all
	Code       msgdef.ErrorCode
	Detail     string `max:"256"`
	Generation uint64 `gen:"2"`          // sessions of this one and later ones stay; 0 ends all
	Gate       string `max:"64" gen:"3"` // where one more stays, as Conn; empty for none
	Conn       uint64 `gen:"3"`
}

// Evictions is a batch of Eviction.
//
//msgdef:struct
type Evictions struct {
	Items []Eviction `max:"4096"`
}
