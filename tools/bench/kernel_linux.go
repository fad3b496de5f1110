package bench

import (
	"bytes"
	"fmt"
	"os"
)

// kernelPage is what the kernel counts the buffers of sockets in, in bytes.
const kernelPage = 4096

// kernelMemory returns what the kernel of this machine uses for its objects,
// sockets among them, and for what waits in sockets, in bytes; 0 when it does
// not tell.
func kernelMemory() uint64 {
	objects := field("/proc/meminfo", "Slab:", "%d kB")
	buffers := field("/proc/net/sockstat", "TCP:", "inuse %d orphan %d tw %d alloc %d mem %d")
	return objects<<10 + buffers*kernelPage
}

// field returns the last number of a line that begins with a name; 0 when there
// is none.
func field(file, name, format string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		rest, ok := bytes.CutPrefix(line, []byte(name))
		if !ok {
			continue
		}
		var n [5]uint64
		found, _ := fmt.Sscanf(string(bytes.TrimSpace(rest)), format, &n[0], &n[1], &n[2], &n[3], &n[4])
		return n[max(found, 1)-1]
	}
	return 0
}
