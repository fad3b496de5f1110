package main

import "testing"

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{
		"0": 0, "1": 1, "64KiB": 64 << 10, "512MiB": 512 << 20, "1GiB": 1 << 30,
		"": -1, "-1": -1, "64": 64, "64MB": -1, "1.5GiB": -1, "MiB": -1, "9223372036854775807": 1<<63 - 1, "9223372036854775807KiB": -1,
	} {
		var got byteSize
		err := got.UnmarshalText([]byte(text))
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
