package PACKAGE;

import java.io.IOException;

/** Tells why bytes are not a message, or why a message cannot be written, and in which field. */
public final class WireException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The three ways to fail, which are the same in every language. */
    public enum Kind {
        /** The bytes end before the message does. */
        SHORT,
        /** A length, a count or, on encoding, a number is outside its limits. */
        LIMIT,
        /** Bytes that no encoder writes or, on encoding, a value that has none: null, or half of a surrogate pair. */
        MALFORMED
    }

    private final Kind kind;
    private final String field;

    WireException(Kind kind, String field, String why) {
        super(field + ": " + why);
        this.kind = kind;
        this.field = field;
    }

    /** Returns which of the three it is. */
    public Kind getKind() {
        return kind;
    }

    /**
     * Returns the field as the definitions name it, such as "Send.Body"; of several fixed ones that are cut
     * short, the first.
     */
    public String getField() {
        return field;
    }
}
