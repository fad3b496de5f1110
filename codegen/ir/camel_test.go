package ir

import "testing"

func TestCamelCase(t *testing.T) {
	for name, want := range map[string]string{
		"USeq": "uSeq", "UserID": "userId", "HTTPProxy": "httpProxy", "CSeq": "cSeq", "UID": "uid", "UIDs": "uids", "APNsToken": "apnsToken", "UserIDs": "userIds", "Is": "is", "ÉtatÉ": "étatÉ",
		"TLSKey": "tlsKey", "Body": "body", "StoreEpoch": "storeEpoch", "X": "x", "A1B2": "a1B2", "Fixed64": "fixed64",
	} {
		if got := CamelCase(name); got != want {
			t.Errorf("CamelCase(%q) = %q, want %q", name, got, want)
		}
	}
}
