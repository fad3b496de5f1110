package dev

import "strings"

// exempt frees the accounts of the load generator from the send rate.
func exempt(name string) bool { return strings.HasPrefix(name, "bench-") }
