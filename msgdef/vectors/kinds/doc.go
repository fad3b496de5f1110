// Package kinds defines a message for everything that definitions can express,
// so that every backend is tested with all of it: each kind of field, alone and
// in lists, nested and frozen structs, generations, reserved fields, enums that
// are open, names that are words of some language. Its known answers are
// ../kinds.json.
//
// It is imported by tests only, and its layout is never released to anybody.
package kinds

//go:generate go run github.com/sim-im/sim/codegen .

//msgdef:emit json
//msgdef:emit java dir=java package=im.sim.kinds
//msgdef:emit typescript dir=typescript name=@sim-im/kinds
