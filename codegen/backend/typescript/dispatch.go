package typescript

import (
	"fmt"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// dispatch writes the type ids, the table of codecs, and for each direction the
// handler and its dispatcher.
func (g *generator) dispatch(messages []*ir.Struct) {
	g.messageTypes(messages)
	g.line("/** The codecs of all messages by type id. */")
	g.block("export const codecs: ReadonlyMap<number, "+g.use(wireModule, "type MessageCodec")+"<unknown>> = new Map<number, MessageCodec<unknown>>([", "]);", func() {
		for _, s := range messages {
			g.line("[0x%04x, %s],", s.ID, g.codec(s))
		}
	})
	g.line("")
	tsdoc(g.source, "What became of a message: what its handler returned, or why there is none. unknown: this version has no such\n"+
		"type; it belongs to a newer one or to an application. direction: it flows the other way.")
	g.block("export type Dispatched<R> =", "", func() {
		g.line("| { readonly handled: true; readonly result: R }")
		g.line(`| { readonly handled: false; readonly type: number; readonly reason: "unknown" | "direction" };`)
	})
	for _, f := range backend.Flows() {
		g.handler(f, messages)
		g.dispatcher(f, messages)
	}
}

func (g *generator) messageTypes(messages []*ir.Struct) {
	g.line("/** The type ids of messages. Others are valid too: they belong to newer versions and to applications. */")
	g.block("export const MessageType = {", "} as const;", func() {
		for _, s := range messages {
			g.line("%s: 0x%04x,", s.Name, s.ID)
		}
	})
	g.line("")
	g.line("/** Returns the name of a message, or the number when this version has no such message. */")
	g.block("export function messageTypeName(type: number): string {", "}", func() {
		g.line("return codecs.get(type)?.name ?? `MessageType(0x${type.toString(16)})`;")
	})
	g.line("")
}

// handler writes the interface of a direction.
func (g *generator) handler(f backend.Flow, messages []*ir.Struct) {
	tsdoc(g.source, fmt.Sprintf("Takes every message that flows %s. R is what its methods return: a Promise when they are async.", f.Doc),
		"A message that is new in the definitions is a method that is missing, which the compiler tells.")
	g.block(fmt.Sprintf("export interface %sHandler<R = void> {", f.Name), "}", func() {
		for _, s := range messages {
			if !f.Carries(s) {
				continue
			}
			if s.Reply != "" {
				g.line("/** Takes a message that %s answers. */", s.Reply)
			}
			g.line("%s(message: %s): R;", methodName(s), g.codec(s))
		}
	})
	g.line("")
}

// dispatcher writes the function of a direction.
func (g *generator) dispatcher(f backend.Flow, messages []*ir.Struct) {
	tsdoc(g.source, fmt.Sprintf("Decodes a message that flows %s and hands it to the handler.", f.Doc),
		"Throws WireError when the bytes are not a message of that type, and what the handler throws.")
	g.block(fmt.Sprintf("export function dispatch%s<R>(type: number, body: Uint8Array, handler: %sHandler<R>): Dispatched<R> {", f.Name, f.Name), "}", func() {
		g.block("switch (type) {", "}", func() { g.cases(f, messages) })
	})
	g.line("")
}

func (g *generator) cases(f backend.Flow, messages []*ir.Struct) {
	var others []*ir.Struct
	for _, s := range messages {
		if !f.Carries(s) {
			others = append(others, s)
			continue
		}
		g.line("case 0x%04x:", s.ID)
		g.line("  return { handled: true, result: handler.%s(%s.decode(body)) };", methodName(s), g.codec(s))
	}
	for _, s := range others {
		g.line("case 0x%04x: // %s", s.ID, s.Name)
	}
	if len(others) > 0 {
		g.line(`  return { handled: false, type, reason: "direction" };`)
	}
	g.line("default:")
	g.line(`  return { handled: false, type, reason: "unknown" };`)
}
