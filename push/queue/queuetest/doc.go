// Package queuetest is the suite that every queue passes: what is published
// arrives, at least once, in any order, over handlers that fail and consumers
// that end. A queue's test calls Run.
//
// It may import push/queue and testing, and is imported by tests only. It waits
// for what must happen, and never for what must not.
package queuetest
