package rpc

// Version is the version of the contracts between processes. It rises when an
// older process could misunderstand a newer one; a call from another version is
// refused with CodeVersion and both numbers.
const Version uint16 = 1
