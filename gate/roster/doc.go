// Package roster keeps images of a gate's sessions equal to the original: in
// every route of its region, so that any of them delivers, and in the registry,
// where other regions look.
//
//	    Register, Unregister
//	            │
//	seats ◀─────┴─────▶ journal     all sessions, and what changed last
//	  │                    │
//	  └──────┬─────────────┘
//	 feed  feed  feed               one goroutine per image
//	   │     │     │
//	   ▼     ▼     ▼  Update
//	route  route  registry
//
// A feed numbers its updates, sends one at a time and takes everything that
// gathered meanwhile into the next, so that a storm of logins costs few calls. It
// starts with a snapshot, as after a gap, and each image has its own place in
// the journal: a slow one delays nobody.
//
// Big groups that sessions watch go the same way, by SessionBatch.Topics. They are
// copied into a snapshot as it begins, and the registry ignores them.
//
// A login waits until the images it depends on have its session. An image that
// fails or is slow is behind: logins no longer wait for it, and it is in sync
// again when it took everything that there is.
//
// A session costs about 60 bytes here, see BenchmarkRegister, and one more of
// 56 in the journal for as long as an image has not taken it.
//
// It may import gate/numbered, msgdef, msgdef/rpc and the standard library. It must never know
// what an image is made of, call one while it holds its lock, or let a session
// that ended come back.
package roster
