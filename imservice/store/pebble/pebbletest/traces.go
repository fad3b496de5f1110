package pebbletest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Traces returns how many rows of each table, which is the first byte of its keys, have
// a user in their key or value, as 8 bytes. The store in the folder is not open.
func Traces(tb testing.TB, files vfs.FS, dir string, uid uint64) map[string]int {
	tb.Helper()
	db, err := engine.Open(dir, &engine.Options{FS: files, Logger: quiet{}})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	rows, err := db.NewIter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	traces, name := map[string]int{}, binary.BigEndian.AppendUint64(nil, uid)
	for ok := rows.First(); ok; ok = rows.Next() {
		traces[string(rows.Key()[:1])] += 0
		if bytes.Contains(rows.Key(), name) || bytes.Contains(rows.Value(), name) {
			traces[string(rows.Key()[:1])]++
		}
	}
	return traces
}

// quiet is a logger of the engine.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}
