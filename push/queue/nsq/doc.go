// Package nsq is the queue in NSQ: a client of an nsqd over TCP, and nsqd itself
// as a part of this process.
//
//	Publish ──MPUB──▶ topic ──▶ channel ──RDY 128──▶ handler ──FIN│REQ 1 s──▶
//
// A topic has one channel, so each message goes to one consumer. Names of both
// are 1 to 64 bytes of letters, digits and ".-_".
//
// What is tuned, and why:
//
//   - 128 messages in flight per consumer: a handler only puts its message into
//     memory, so that is plenty, and more would only wait in a process that is
//     about to die.
//   - Message timeout 60 s, twice what a handler may take: never a repeat
//     because somebody was slow.
//   - Heartbeats each 3 s: an nsqd that hangs is noticed within 8 s.
//   - nsqd keeps queued messages in files, not in memory (mem-queue-size 0), but
//     does not sync each: kill -9 loses what is in flight and what came in the
//     last two seconds, which the outbox brings again. After it, nsqd may write a
//     file over from its beginning while its reader has 4 KiB of the old content
//     in a buffer: then old messages come again, and one made of the head of an
//     old and the tail of a new one, whole to NSQ. Bodies carry a checksum.
//
// A connection that ends is made again within five seconds. What NSQ's
// libraries say is logged at level debug; that the queue went away, or is back,
// is logged once.
package nsq
