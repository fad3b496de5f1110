package PACKAGE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What arrays of bytes lack to be values: in lists they have no equals, no hashCode and no copy. */
final class WireValues {
    private WireValues() {
    }

    static boolean equal(List<byte[]> a, List<byte[]> b) {
        if (a == null || b == null) {
            return a == b;
        }
        return Arrays.deepEquals(a.toArray(), b.toArray());
    }

    static int hash(List<byte[]> list) {
        return list == null ? 0 : Arrays.deepHashCode(list.toArray());
    }

    static List<byte[]> copy(List<byte[]> list) {
        List<byte[]> copy = new ArrayList<>(list.size());
        for (byte[] b : list) {
            copy.add(b.clone());
        }
        return copy;
    }

    static String hex(byte[] bytes) {
        if (bytes == null) {
            return "null";
        }
        StringBuilder text = new StringBuilder(2 * bytes.length);
        for (byte b : bytes) {
            text.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return text.toString();
    }
}
