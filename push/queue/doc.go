// Package queue is how a push service is woken up: a queue of small messages
// that any of its processes may take, in any order, each at least once.
//
// A queue may lose everything it holds, and hand out what nobody published: who
// reads a message checks it. What must not be lost is a row of the message
// service's outbox, which is published again until it is confirmed. So nothing
// here waits for a disk, and a message is finished as soon as a process has it in
// memory.
//
// Package nsq speaks to an nsqd and can be one; package memory serves one
// process; queuetest is the suite that both pass. The folder may import NSQ's
// packages and the standard library, and must never know what the messages mean.
package queue
