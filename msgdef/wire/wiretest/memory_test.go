package wiretest_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// TestShared finds memory that two values share, and none in lists of empty
// structs, all of which Go gives the same address.
func TestShared(t *testing.T) {
	type lists struct {
		Empty []struct{}
		Bytes [][]byte
	}
	a := lists{make([]struct{}, 3), [][]byte{{1}}}
	copied := lists{make([]struct{}, 3), [][]byte{{1}}}
	aliased := lists{make([]struct{}, 3), slices.Clone(a.Bytes)}
	if wiretest.Shared(reflect.ValueOf(a), reflect.ValueOf(copied)) {
		t.Error("a copy shares memory")
	}
	if !wiretest.Shared(reflect.ValueOf(a), reflect.ValueOf(aliased)) {
		t.Error("an alias shares nothing")
	}
}
