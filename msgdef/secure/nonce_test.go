package secure

import "testing"

// TestNoTwoRecordsAreAlike seals the same text again and again, in both
// directions: with one nonce, or one IV, for a whole session records would repeat,
// and the difference of two would be that of what is in them.
func TestNoTwoRecordsAreAlike(t *testing.T) {
	for _, suite := range []Suite{HybridAESGCM, HybridChaCha, ClassicalAESGCM, ClassicalChaCha} {
		e := newWorld(t).bound(suite)
		records := map[string]bool{}
		const each = 1000
		for range each {
			records[string(seal(t, &e.client.Out, text("the same")))] = true
			records[string(seal(t, &e.server.Out, text("the same")))] = true
		}
		if len(records) != 2*each {
			t.Errorf("%v: %d records of %d differ", suite, len(records), 2*each)
		}
	}
}
