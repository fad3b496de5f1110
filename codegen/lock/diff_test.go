package lock

import "testing"

// FuzzDiff compares whatever two files hold: it must end, and find no difference
// of a file from itself.
func FuzzDiff(f *testing.F) {
	f.Add([]byte(everything), []byte(everything))
	f.Add([]byte("struct A\n\t1 B A\n\t2 C []p.D 3\n"), []byte("struct p.D frozen\n\t1 E p.D\nenum K int8\n\t1 KA\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		before, errBefore := Parse(a)
		after, errAfter := Parse(b)
		if errBefore != nil || errAfter != nil {
			return
		}
		Diff(before, after, Rules{Named: true})
		if same := Diff(before, before, Rules{}); len(same.Added)+len(same.Changed)+len(same.Retired) > 0 {
			t.Errorf("%s\ndiffers from itself: %+v", a, same)
		}
	})
}
