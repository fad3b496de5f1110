import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/** Runs tools of the JDK one after another in one machine: "javac … -- jar … -- javac …". */
public final class Build {
    private Build() {
    }

    public static void main(String[] args) {
        List<String> command = new ArrayList<>();
        for (String word : args) {
            if (word.equals("--")) {
                run(command);
                command.clear();
            } else {
                command.add(word);
            }
        }
        run(command);
    }

    private static void run(List<String> command) {
        ToolProvider tool = ToolProvider.findFirst(command.get(0)).get();
        String[] arguments = command.subList(1, command.size()).toArray(new String[0]);
        if (tool.run(System.out, System.err, arguments) != 0) {
            System.exit(1);
        }
    }
}
