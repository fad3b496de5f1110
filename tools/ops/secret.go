package ops

import (
	"fmt"
	"os"
	"strings"
)

// FromFile returns a secret from a flag, or from the first line of the file
// that the flag's sibling NAME-file or the variable SIM_NAME_FILE names. name is
// that of the flag without dashes, for mistakes. Neither is no secret;
// both are a mistake, and value.
func FromFile(name string, value Secret, file string) (Secret, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return value, fmt.Errorf("--%s and --%s-file: give one of them", name, name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", name, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", fmt.Errorf("--%s-file: %s has an empty first line", name, file)
	}
	return Secret(line), nil
}
