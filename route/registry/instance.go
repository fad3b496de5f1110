package registry

import (
	"cmp"
	"fmt"
	"unicode/utf8"
)

// maxName is the most bytes of an instance's ID and of a region's name, and
// maxAddr of an address: 253 of a host's name, a colon and a port.
const (
	maxName = 64
	maxAddr = 259
)

// Validate returns why an instance cannot be listed.
func (i Instance) Validate() error {
	switch {
	case i.Role != Gate && i.Role != Route && i.Role != IMService && i.Role != Push:
		return fmt.Errorf("registry: unknown role %q", i.Role)
	case !name(i.ID):
		return fmt.Errorf("registry: %s with ID %q, want 1 to %d bytes of text", i.Role, i.ID, maxName)
	case !name(i.Region):
		return fmt.Errorf("registry: %s %s in region %q, want 1 to %d bytes of text", i.Role, i.ID, i.Region, maxName)
	case len(i.Addr) > maxAddr || !utf8.ValidString(i.Addr):
		return fmt.Errorf("registry: %s %s has an address of %d bytes, want text of at most %d", i.Role, i.ID, len(i.Addr), maxAddr)
	}
	return nil
}

func name(s string) bool { return s != "" && len(s) <= maxName && utf8.ValidString(s) }

// Compare orders instances as views list them: by Region, then ID.
func (i Instance) Compare(other Instance) int {
	return cmp.Or(cmp.Compare(i.Region, other.Region), cmp.Compare(i.ID, other.ID))
}
