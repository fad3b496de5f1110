package java

import (
	"strings"

	"github.com/sim-im/sim/codegen/backend"
	"github.com/sim-im/sim/codegen/ir"
)

// handlerName is the interface of those who take messages of a direction.
func handlerName(f backend.Flow) string { return f.Name + "Handler" }

// flowMethod is the one of Dispatch that calls it.
func flowMethod(f backend.Flow) string { return strings.ToLower(f.Name) }

// messageTypes writes the type ids.
func messageTypes(out *source, messages []*ir.Struct) {
	javadoc(out, "The type ids of messages. Others are valid too: they belong to newer versions and to applications.")
	out.open("public final class MessageType")
	for _, s := range messages {
		out.line("/** Of {@link %s}. */", structName(s))
		out.line("public static final int %s = 0x%04x;", constantName(s.Name), s.ID)
		out.line("")
	}
	out.block("private MessageType()", func() {})
	out.line("")
	javadoc(out, "Returns the name of a message, or the number when this version has no such message.")
	out.open("public static String name(int type)")
	out.open("switch (type)")
	for _, s := range messages {
		out.line("case %s:", constantName(s.Name))
		out.line("    return %q;", s.Name)
	}
	out.line("default:")
	out.line(`    return "MessageType(0x" + Integer.toHexString(type) + ")";`)
	out.close()
	out.close()
	out.close()
}

// handler writes the interface of a direction.
func handler(out *source, f backend.Flow, messages []*ir.Struct) {
	javadoc(out, "Takes every message that flows "+f.Doc+". When definitions get a new message, a method is\nmissing, and the compiler says so.",
		"{@link Dispatch#"+flowMethod(f)+"} calls it.")
	out.open("public interface %s", handlerName(f))
	gap := false
	for _, s := range messages {
		if !f.Carries(s) {
			continue
		}
		if gap {
			out.line("")
		}
		gap = true
		if s.Reply != "" {
			out.line("/** Takes a message that {@link %s} answers. */", className(s.Reply))
		} else {
			out.line("/** Takes a message. */")
		}
		out.line("void %s(%s message) throws %s;", methodName(s), structName(s), out.use("java.io.IOException"))
	}
	out.close()
}

// results writes what Dispatch returns. It is no part of that class, where it
// would hide a message of its name.
func results(out *source) {
	javadoc(out, "", "What became of a message that {@link Dispatch} was given.")
	out.open("public enum DispatchResult")
	out.line("/** The handler took it. */")
	out.line("HANDLED,")
	out.line("/** This version has no such type. */")
	out.line("UNKNOWN_TYPE,")
	out.line("/** Messages of this type flow the other way. */")
	out.line("WRONG_DIRECTION")
	out.close()
}

// dispatch writes the class that decodes by type id.
func dispatch(out *source, messages []*ir.Struct) {
	javadoc(out, "Decodes messages by their type ids and hands them on.")
	out.open("public final class Dispatch")
	out.block("private Dispatch()", func() {})
	for _, f := range backend.Flows() {
		out.line("")
		dispatcher(out, f, messages)
	}
	out.close()
}

// dispatcher writes the method of a direction.
func dispatcher(out *source, f backend.Flow, messages []*ir.Struct) {
	javadoc(out, "Decodes a message that flows "+f.Doc+" and hands it to the handler.",
		"What the handler throws comes out, and {@link WireException} when the bytes are no message of that type.")
	out.open("public static DispatchResult %s(int type, byte[] bytes, %s handler) throws %s",
		flowMethod(f), handlerName(f), out.use("java.io.IOException"))
	out.open("switch (type)")
	var others []*ir.Struct
	for _, s := range messages {
		if !f.Carries(s) {
			others = append(others, s)
			continue
		}
		out.line("case %s.TYPE:", structName(s))
		out.line("    handler.%s(%s.decode(bytes));", methodName(s), structName(s))
		out.line("    return DispatchResult.HANDLED;")
	}
	for _, s := range others {
		out.line("case %s.TYPE:", structName(s))
	}
	if len(others) > 0 {
		out.line("    return DispatchResult.WRONG_DIRECTION;")
	}
	out.line("default:")
	out.line("    return DispatchResult.UNKNOWN_TYPE;")
	out.close()
	out.close()
}
