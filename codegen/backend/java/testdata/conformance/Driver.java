import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The conformance program of PROTOCOL.md, section 18, for generated classes:
 *
 * <pre>java -cp … Driver PACKAGE [VECTORS.json…]</pre>
 *
 * <p>Given vectors it checks them and exits with 1 when one fails, each on a line of standard error. Given none it reads
 * lines "TYPE HEX" and answers each with "ok HEX", what the decoded message encodes to, or with short, limit or malformed.
 */
public final class Driver {
    private final String packageName;
    private int checked;
    private int failed;

    private Driver(String packageName) {
        this.packageName = packageName;
    }

    public static void main(String[] args) throws IOException {
        Driver driver = new Driver(args[0]);
        for (int i = 1; i < args.length; i++) {
            String text = new String(Files.readAllBytes(Paths.get(args[i])), StandardCharsets.UTF_8);
            driver.vectors((Map<?, ?>) Json.parse(text));
        }
        if (args.length == 1) {
            driver.answer();
        } else if (driver.failed > 0 || driver.checked == 0) {
            System.err.println(driver.failed + " of " + driver.checked + " vectors failed");
            System.exit(1);
        }
    }

    private void vectors(Map<?, ?> file) {
        for (String kind : new String[] {"messages", "refused"}) {
            for (Object v : (List<?>) file.get(kind)) {
                Map<?, ?> vector = (Map<?, ?>) v;
                checked++;
                String problem = check(vector);
                if (!problem.isEmpty()) {
                    failed++;
                    System.err.println(vector.get("type") + ", " + vector.get("why") + ": " + problem);
                }
            }
        }
    }

    /** Returns what is wrong, or nothing. */
    private String check(Map<?, ?> vector) {
        String hex = (String) vector.get("hex");
        String result = answer((String) vector.get("type"), hex);
        if (vector.get("error") != null) {
            return result.equals(vector.get("error")) ? "" : "want " + vector.get("error") + ", got " + result;
        }
        boolean exact = vector.get("fields") != null;
        try {
            Type type = new Type(packageName, (String) vector.get("type"));
            Object want = type.of((Map<?, ?>) vector.get(exact ? "fields" : "decodes"));
            Object got = type.decode(Hex.decode(hex));
            if (!want.equals(got) || want.hashCode() != got.hashCode() || !want.toString().equals(got.toString())) {
                return "decodes to " + got + ", want " + want;
            }
            if (!got.equals(type.copy(got)) || got.hashCode() != type.copy(got).hashCode()) {
                return "its copy is " + type.copy(got) + ", want " + got;
            }
            String encoded = Hex.encode(type.encode(want));
            return encoded.equals(hex) == exact ? "" : "encodes to " + encoded;
        } catch (Throwable e) {
            return e.toString();
        }
    }

    private void answer() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, false, "US-ASCII");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", 2);
            out.println(answer(words[0], words[1].trim()));
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
    }

    /** Decodes and encodes. An exception that decode must not throw is an answer that nobody expects. */
    private String answer(String name, String hex) {
        try {
            Type type = new Type(packageName, name);
            return "ok " + Hex.encode(type.encode(type.decode(Hex.decode(hex))));
        } catch (IOException e) {
            return kind(e);
        } catch (Throwable e) {
            return e.toString();
        }
    }

    private static String kind(IOException e) {
        try {
            return e.getClass().getMethod("getKind").invoke(e).toString().toLowerCase(Locale.ROOT);
        } catch (ReflectiveOperationException other) {
            return e.toString();
        }
    }
}
