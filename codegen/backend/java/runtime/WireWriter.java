package PACKAGE;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes what {@link WireReader} reads, and refuses what a reader would refuse. */
final class WireWriter {
    private byte[] bytes = new byte[64];
    private int at;
    private CharsetEncoder utf8; // made when the first string comes

    byte[] toBytes() {
        return Arrays.copyOf(bytes, at);
    }

    void zeros(int size) throws WireException {
        room(size);
        Arrays.fill(bytes, at, at + size, (byte) 0);
        at += size;
    }

    void bool(boolean v) throws WireException {
        room(1);
        bytes[at++] = (byte) (v ? 1 : 0);
    }

    void i8(int v, String field) throws WireException {
        range(v, Byte.MIN_VALUE, Byte.MAX_VALUE, field);
        little(v, 1);
    }

    void u8(int v, String field) throws WireException {
        range(v, 0, 0xff, field);
        little(v, 1);
    }

    void i16(int v, String field) throws WireException {
        range(v, Short.MIN_VALUE, Short.MAX_VALUE, field);
        little(v, 2);
    }

    void u16(int v, String field) throws WireException {
        range(v, 0, 0xffff, field);
        little(v, 2);
    }

    void i32(int v) throws WireException {
        little(v, 4);
    }

    void u32(long v, String field) throws WireException {
        range(v, 0, 0xffffffffL, field);
        little(v, 4);
    }

    void i64(long v) throws WireException {
        little(v, 8);
    }

    void f32(float v) throws WireException {
        little(Float.floatToRawIntBits(v), 4);
    }

    void f64(double v) throws WireException {
        little(Double.doubleToRawLongBits(v), 8);
    }

    void fixed(byte[] v, int size, String field) throws WireException {
        if (present(v, field).length != size) {
            throw limit(field, "has " + v.length + " bytes and not " + size);
        }
        raw(v, size);
    }

    void bytes(byte[] v, int max, String field) throws WireException {
        count(present(v, field).length, max, field);
        raw(v, v.length);
    }

    void text(String v, int max, String field) throws WireException {
        if (present(v, field).length() > max) { // a char takes at least a byte
            throw limit(field, v.length() + " characters are above the limit of " + max + " bytes");
        }
        if (utf8 == null) {
            utf8 = StandardCharsets.UTF_8.newEncoder();
        }
        try {
            ByteBuffer encoded = utf8.encode(CharBuffer.wrap(v));
            count(encoded.remaining(), max, field);
            raw(encoded.array(), encoded.remaining());
        } catch (CharacterCodingException e) {
            throw WireReader.malformed(field, "a string has half of a surrogate pair");
        }
    }

    void count(int n, int max, String field) throws WireException {
        if (n > max) {
            throw limit(field, n + " is above the limit of " + max);
        }
        room(5);
        length(n);
    }

    /** Begins a struct that has a length, and returns what {@link #end} needs. */
    int begin() throws WireException {
        room(5); // at most; one byte is kept free, as most structs are short
        return at++;
    }

    /** Ends it: puts its length before it. */
    void end(int start) throws WireException {
        int size = at - start - 1;
        int longer = sizeOfLength(size) - 1;
        room(longer);
        System.arraycopy(bytes, start + 1, bytes, start + 1 + longer, size);
        at = start;
        length(size);
        at += size;
    }

    static <T> T present(T v, String field) throws WireException {
        if (v == null) {
            throw WireReader.malformed(field, "is null");
        }
        return v;
    }

    private void length(int n) {
        for (; n >= 0x80; n >>= 7) {
            bytes[at++] = (byte) (n | 0x80);
        }
        bytes[at++] = (byte) n;
    }

    private static int sizeOfLength(int n) {
        int size = 1;
        for (; n >= 0x80; n >>= 7) {
            size++;
        }
        return size;
    }

    private void little(long v, int size) throws WireException {
        room(size);
        for (int i = 0; i < size; i++) {
            bytes[at++] = (byte) (v >> 8 * i);
        }
    }

    private void raw(byte[] v, int size) throws WireException {
        room(size);
        System.arraycopy(v, 0, bytes, at, size);
        at += size;
    }

    private void room(int size) throws WireException {
        if (size <= bytes.length - at) {
            return;
        }
        int most = Integer.MAX_VALUE - 8; // that every machine allows an array
        if (size > most - at) {
            throw limit("message", "is larger than an array can be");
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(2L * bytes.length, (long) at + size)));
    }

    private static void range(long v, long least, long most, String field) throws WireException {
        if (v < least || v > most) {
            throw limit(field, v + " is not in " + least + " to " + most);
        }
    }

    private static WireException limit(String field, String why) {
        return new WireException(WireException.Kind.LIMIT, field, why);
    }
}
