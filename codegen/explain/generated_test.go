package explain

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// generated makes an empty value of each struct of a folder of definitions, by
// folder and name.
var generated = map[string]map[string]func() wiretest.Message{
	"../../msgdef": {
		"Login":           func() wiretest.Message { return new(msgdef.Login) },
		"LoginOK":         func() wiretest.Message { return new(msgdef.LoginOK) },
		"Ping":            func() wiretest.Message { return new(msgdef.Ping) },
		"Pong":            func() wiretest.Message { return new(msgdef.Pong) },
		"KeyUpdate":       func() wiretest.Message { return new(msgdef.KeyUpdate) },
		"Error":           func() wiretest.Message { return new(msgdef.Error) },
		"Kicked":          func() wiretest.Message { return new(msgdef.Kicked) },
		"GoAway":          func() wiretest.Message { return new(msgdef.GoAway) },
		"Send":            func() wiretest.Message { return new(msgdef.Send) },
		"SendAck":         func() wiretest.Message { return new(msgdef.SendAck) },
		"Notify":          func() wiretest.Message { return new(msgdef.Notify) },
		"Ack":             func() wiretest.Message { return new(msgdef.Ack) },
		"Head":            func() wiretest.Message { return new(msgdef.Head) },
		"Read":            func() wiretest.Message { return new(msgdef.Read) },
		"ReadOK":          func() wiretest.Message { return new(msgdef.ReadOK) },
		"ReadBy":          func() wiretest.Message { return new(msgdef.ReadBy) },
		"GetMsg":          func() wiretest.Message { return new(msgdef.GetMsg) },
		"MsgPage":         func() wiretest.Message { return new(msgdef.MsgPage) },
		"GetConv":         func() wiretest.Message { return new(msgdef.GetConv) },
		"ConvPage":        func() wiretest.Message { return new(msgdef.ConvPage) },
		"Lookup":          func() wiretest.Message { return new(msgdef.Lookup) },
		"Users":           func() wiretest.Message { return new(msgdef.Users) },
		"GetPresence":     func() wiretest.Message { return new(msgdef.GetPresence) },
		"Presence":        func() wiretest.Message { return new(msgdef.Presence) },
		"RegisterPush":    func() wiretest.Message { return new(msgdef.RegisterPush) },
		"PushOK":          func() wiretest.Message { return new(msgdef.PushOK) },
		"Certificate":     func() wiretest.Message { return new(msgdef.Certificate) },
		"CertificateBody": func() wiretest.Message { return new(msgdef.CertificateBody) },
		"ClientHello":     func() wiretest.Message { return new(msgdef.ClientHello) },
		"Entry":           func() wiretest.Message { return new(msgdef.Entry) },
		"Message":         func() wiretest.Message { return new(msgdef.Message) },
		"Online":          func() wiretest.Message { return new(msgdef.Online) },
		"ReadMark":        func() wiretest.Message { return new(msgdef.ReadMark) },
		"Refusal":         func() wiretest.Message { return new(msgdef.Refusal) },
		"ServerHello":     func() wiretest.Message { return new(msgdef.ServerHello) },
		"User":            func() wiretest.Message { return new(msgdef.User) },
	},
	"../../msgdef/vectors/kinds": {
		"Scalars":  func() wiretest.Message { return new(kinds.Scalars) },
		"Texts":    func() wiretest.Message { return new(kinds.Texts) },
		"Lists":    func() wiretest.Message { return new(kinds.Lists) },
		"Grown":    func() wiretest.Message { return new(kinds.Grown) },
		"Names":    func() wiretest.Message { return new(kinds.Names) },
		"Empty":    func() wiretest.Message { return new(kinds.Empty) },
		"Envelope": func() wiretest.Message { return new(kinds.Envelope) },
		"Deep":     func() wiretest.Message { return new(kinds.Deep) },
		"Alias":    func() wiretest.Message { return new(kinds.Alias) },
		"Eight":    func() wiretest.Message { return new(kinds.Eight) },
		"Five":     func() wiretest.Message { return new(kinds.Five) },
		"Four":     func() wiretest.Message { return new(kinds.Four) },
		"Label":    func() wiretest.Message { return new(kinds.Label) },
		"Person":   func() wiretest.Message { return new(kinds.Person) },
		"Point":    func() wiretest.Message { return new(kinds.Point) },
		"Seven":    func() wiretest.Message { return new(kinds.Seven) },
		"Six":      func() wiretest.Message { return new(kinds.Six) },
		"Three":    func() wiretest.Message { return new(kinds.Three) },
		"Two":      func() wiretest.Message { return new(kinds.Two) },
	},
}
