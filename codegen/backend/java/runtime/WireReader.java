package PACKAGE;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the fields of a message one after another: integers are little-endian, lengths and counts are
 * canonical uvarints of at most 5 bytes and 31 bits. What has a fixed size is read without looking for
 * the end: {@link #need} or {@link #count} has done so before.
 */
final class WireReader {
    private final byte[] bytes;
    private int at; // the next byte
    private int end; // of the innermost struct that has a length
    private CharsetDecoder utf8; // made when the first string comes

    WireReader(byte[] bytes) {
        this.bytes = bytes;
        this.end = bytes.length;
    }

    /** Tells whether the struct ends here, which an older sender's does at the end of a generation. */
    boolean atEnd() {
        return at == end;
    }

    void need(int size, String field) throws WireException {
        if (end - at < size) {
            throw cutShort(field);
        }
    }

    void skip(int size) {
        at += size;
    }

    boolean bool(String field) throws WireException {
        int v = u8();
        if (v > 1) {
            throw malformed(field, "a bool is " + v);
        }
        return v == 1;
    }

    int i8() {
        return bytes[at++];
    }

    int u8() {
        return bytes[at++] & 0xff;
    }

    int i16() {
        return (short) u16();
    }

    int u16() {
        int low = u8();
        return low | u8() << 8;
    }

    int i32() {
        int low = u16();
        return low | u16() << 16;
    }

    long u32() {
        return i32() & 0xffffffffL;
    }

    long i64() {
        long low = u32();
        return low | u32() << 32;
    }

    float f32() {
        return Float.intBitsToFloat(i32());
    }

    double f64() {
        return Double.longBitsToDouble(i64());
    }

    byte[] fixed(int size) {
        at += size;
        return Arrays.copyOfRange(bytes, at - size, at);
    }

    /** Reads a count of elements of which each takes at least so many bytes; those are there. */
    int count(int max, int smallest, String field) throws WireException {
        int n = length(field);
        if (n > max) {
            throw new WireException(WireException.Kind.LIMIT, field, n + " is above the limit of " + max);
        }
        if (n > (end - at) / smallest) {
            throw cutShort(field);
        }
        return n;
    }

    byte[] bytes(int max, String field) throws WireException {
        return fixed(count(max, 1, field));
    }

    String text(int max, String field) throws WireException {
        int n = count(max, 1, field);
        if (utf8 == null) {
            utf8 = StandardCharsets.UTF_8.newDecoder();
        }
        try {
            String text = utf8.decode(ByteBuffer.wrap(bytes, at, n)).toString();
            at += n;
            return text;
        } catch (CharacterCodingException e) {
            throw malformed(field, "a string is not UTF-8");
        }
    }

    /** Begins a struct that has a length, and returns what {@link #leave} needs. */
    int enter(String field) throws WireException {
        int n = count(Integer.MAX_VALUE, 1, field);
        int outer = end;
        end = at + n;
        return outer;
    }

    /** Ends it and passes over what a newer sender put behind the fields known here. */
    void leave(int outer) {
        at = end;
        end = outer;
    }

    private int length(String field) throws WireException {
        long v = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            need(1, field);
            int b = u8();
            v |= (b & 0x7fL) << shift;
            if (b < 0x80) {
                if (b == 0 && shift > 0 || v > Integer.MAX_VALUE) {
                    break;
                }
                return (int) v;
            }
        }
        throw malformed(field, "a length is too large or takes more bytes than it needs");
    }

    private static WireException cutShort(String field) {
        return new WireException(WireException.Kind.SHORT, field, "message is cut short");
    }

    static WireException malformed(String field, String why) {
        return new WireException(WireException.Kind.MALFORMED, field, why);
    }
}
