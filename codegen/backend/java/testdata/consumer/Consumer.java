import im.sim.kinds.Deep;
import im.sim.kinds.Dispatch;
import im.sim.kinds.DispatchResult;
import im.sim.kinds.Empty;
import im.sim.kinds.Envelope;
import im.sim.kinds.Flags;
import im.sim.kinds.Level;
import im.sim.kinds.Lists;
import im.sim.kinds.MessageType;
import im.sim.kinds.Names;
import im.sim.kinds.Offset;
import im.sim.kinds.Person;
import im.sim.kinds.Point;
import im.sim.kinds.Scalars;
import im.sim.kinds.Texts;
import im.sim.kinds.UpHandler;
import im.sim.kinds.WireException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Objects;

/** Uses the packages as an app does, with nothing but their jars. It prints what is wrong and exits with 1. */
public final class Consumer {
    private static int failures;

    public static void main(String[] args) throws IOException {
        dispatch();
        enums();
        refusals();
        values();
        names();
        im.sim.msgdef.Error error = new im.sim.msgdef.Error();
        error.code = im.sim.msgdef.ErrorCode.BAD_CREDENTIALS;
        same("code of a msgdef.Error", im.sim.msgdef.Error.decode(error.encode()).code, 200);
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void same(String what, Object got, Object want) {
        if (!Objects.equals(got, want)) {
            failures++;
            System.out.println(what + ": got " + got + ", want " + want);
        }
    }

    /** Remembers what it was given. */
    private static final class Server implements UpHandler {
        Object last;

        @Override
        public void handleScalars(Scalars message) {
            last = message;
        }

        @Override
        public void handleLists(Lists message) {
            last = message;
        }

        @Override
        public void handleNames(Names message) {
            last = message;
        }

        @Override
        public void handleEmpty(Empty message) throws IOException {
            throw new IOException("the connection broke");
        }

        @Override
        public void handleEnvelope(Envelope message) {
            last = message;
        }

        @Override
        public void handleDeep(Deep message) {
            last = message;
        }
    }

    private static void dispatch() throws IOException {
        Scalars sent = new Scalars();
        sent.uint32 = 0xffffffffL;
        Server server = new Server();
        same("handled", Dispatch.up(Scalars.TYPE, sent.encode(), server), DispatchResult.HANDLED);
        same("what the handler got", server.last, sent);
        same("the other way", Dispatch.up(Texts.TYPE, new byte[0], server), DispatchResult.WRONG_DIRECTION);
        same("of an application", Dispatch.up(0xbeef, new byte[0], server), DispatchResult.UNKNOWN_TYPE);
        same("name of a type", MessageType.name(MessageType.SCALARS), "Scalars");
        same("name of no type", MessageType.name(0xbeef), "MessageType(0xbeef)");
        try {
            Dispatch.up(Empty.TYPE, new byte[0], server);
            same("an exception of the handler", "lost", "thrown");
        } catch (IOException e) {
            same("an exception of the handler", e.getMessage(), "the connection broke");
        }
        try {
            Dispatch.up(Scalars.TYPE, new byte[3], server);
            same("three bytes", "a message", "SHORT");
        } catch (WireException e) {
            same("three bytes", e.getKind() + " " + e.getField(), "SHORT Scalars.Int8");
        }
    }

    private static void enums() {
        same("a value", Level.name(Level.HIGH), "high");
        same("a value without a name", Level.name(7), "Level(7)");
        same("a negative value", Offset.name(-1), "back");
        same("a value of 64 bits", Flags.name(Flags.LAST), "last");
        same("one without a name", Flags.name(-1), "Flags(18446744073709551615)");
    }

    /** An encoder, as what encode throws is checked. */
    private interface Attempt {
        void run() throws WireException;
    }

    private static void refused(String want, Attempt attempt) {
        try {
            attempt.run();
            same("encode", "passed", want);
        } catch (WireException e) {
            same("encode", e.getKind() + " " + e.getMessage(), want);
        }
    }

    private static void refusals() {
        Scalars scalars = new Scalars();
        scalars.uint8 = 256;
        refused("LIMIT Scalars.Uint8: 256 is not in 0 to 255", scalars::encode);
        scalars.uint8 = 255;
        scalars.uint32 = -1;
        refused("LIMIT Scalars.Uint32: -1 is not in 0 to 4294967295", scalars::encode);
        scalars.uint32 = 0;
        scalars.level = 300;
        refused("LIMIT Scalars.Level: 300 is not in 0 to 255", scalars::encode);
        Texts texts = new Texts();
        texts.short_ = "größer";
        refused("LIMIT Texts.Short: 6 characters are above the limit of 5 bytes", texts::encode);
        texts.short_ = "größe";
        refused("LIMIT Texts.Short: 7 is above the limit of 5", texts::encode);
        texts.short_ = "a\ud800b";
        refused("MALFORMED Texts.Short: a string has half of a surrogate pair", texts::encode);
        texts.short_ = null;
        refused("MALFORMED Texts.Short: is null", texts::encode);
        texts.short_ = "";
        texts.fixed = new byte[4];
        refused("LIMIT Texts.Fixed: has 4 bytes and not 5", texts::encode);
        Lists lists = new Lists();
        lists.points = Arrays.asList(new Point(), null);
        refused("MALFORMED Lists.Points: is null", lists::encode);
        lists.points = Collections.nCopies(10, new Point());
        refused("LIMIT Lists.Points: 10 is above the limit of 9", lists::encode);
        lists.points = null;
        refused("MALFORMED Lists.Points: is null", lists::encode);
        Person person = new Person();
        person.home = null;
        refused("MALFORMED Person.Home: is null", person::encode);
    }

    private static void values() throws WireException {
        Texts texts = new Texts();
        texts.secret = "swordfish";
        texts.blob = new byte[] {1, 2, 3};
        texts.text = "hello";
        same("for logs", texts.toString(),
            "Texts{short_=, text=hello, long_=, blob=3 bytes, fixed=0000000000, single=00, secret=hidden}");
        Texts copy = texts.copy();
        same("a copy", copy, texts);
        copy.blob[0] = 9;
        same("bytes of the original", texts.blob[0], (byte) 1);
        same("another content", copy.equals(texts), false);
        same("null in a field", new Lists().equals(nothing()) || nothing().equals(new Lists()), false);
        same("null in both", nothing(), nothing());
        same("their hash", nothing().hashCode(), nothing().hashCode());
        same("null for logs", nothing().toString().contains("bytes=null, texts=null, ints=null"), true);
        byte[] bytes = texts.encode();
        Texts decoded = Texts.decode(bytes);
        Arrays.fill(bytes, (byte) 0);
        same("decoded, after its bytes changed", decoded, texts);
        same("NaN", notANumber(), notANumber());
    }

    private static Lists nothing() {
        Lists lists = new Lists();
        lists.bytes = null;
        lists.texts = null;
        lists.ints = null;
        return lists;
    }

    private static Scalars notANumber() {
        Scalars scalars = new Scalars();
        scalars.float64 = Double.NaN;
        return scalars;
    }

    private static void names() throws WireException {
        Names names = new Names();
        names.class_ = names.default_ = names.new_ = names.package_ = names.this_ = 1;
        names.toString_ = names.getClass_ = names.hashCode_ = 2;
        names.in_ = names.object_ = names.fun_ = names.val_ = 3;
        names.function = 4;
        names.userId = -1;
        names.httpProxy = "proxy";
        same("names", Names.decode(names.encode()), names);
    }
}
