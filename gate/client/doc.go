// Package client is the Go SDK of sim: one device of a user, connected to a
// gate for as long as the program wants.
//
//	c, err := client.New(client.Options{
//		Address: "127.0.0.1:7100", Roots: roots,
//		Account: "alice", Password: "secret",
//		State:     client.NewFileState("alice.json"),
//		OnMessage: func(m *client.Message) { fmt.Printf("%d: %s\n", m.From, m.Body) },
//	})
//	err = c.Connect(ctx)
//	sent, err := c.Send(ctx, msgdef.Pair(c.UID(), bob), msgdef.ContentText, []byte("hello"))
//	err = c.Close()
//
// What it does by itself:
//
//	connecting   handshake, login, token instead of the password at the next one   handshake.go login.go
//	             with a ticket instead, in one round trip, when coming back        resume.go proof.go
//	             over QUIC, or TCP where that fails, to one of several gates       quic.go rotation.go
//	             reconnecting with full jitter, until stop.go says no               run.go backoff.go
//	             pings, moving when a gate goes away                                beat.go control.go
//	             finding how seldom it may ping; foreground and background          rhythm.go appstate.go
//	sending      one counter per message, sent again under it until it is           send.go inflight.go
//	             answered, in order; waiting when the server is busy                pace.go answered.go
//	             keeping messages of Queue over restarts, until they are of no use  outbox.go kept.go queuelog.go
//	             replies, mentions, edits, recalls, reactions, pins                 draft.go events.go
//	receiving    each message once, in the order of useq; gaps are pulled           arrive.go inbox.go pull.go
//	             cursor, acknowledgements                                           place.go
//	             what is beside a body, and what events made of it                  marks.go
//	remembering  device, counters, cursor, token and tickets in a State             state.go filestate.go
//	asking       history, names, presence, read positions                           calls.go history.go people.go
//	             groups: founding, changing, finding; conversations                 groups.go
//	following    big groups, whose messages have no place in the inbox: which       topics.go topiclist.go
//	             there are, watching them, taking and pulling by cseq               topicwatch.go topicarrive.go
//	applications frames of their own types, to and from their services              tell.go frames.go
//
// Phase draws the states of the connection; Status tells the present one and
// why. Package mobile is all of this for gomobile.
//
// # Refusals
//
// What a server refuses with has a kind, for errors.Is, whether it comes in
// answer to a login (with ErrRefused beside it), as a kick (ErrKicked), or to a
// request. errors.As with an *Error gives code and words, and how long to wait.
//
//	kind                code                          the client      the app
//	ErrUpgradeRequired  103 version, 206 upgrade      stops           asks for an update
//	ErrCredentials      200, 201 token expired, 202   stops           asks for the password
//	ErrBanned           205                           stops           says so
//	ErrReplaced         204 same device, 209 other    stops, but for  says where, offers to connect
//	                                                  one kick by 204
//	                                                  after a loss
//	ErrRevoked          207 sessions were ended       stops           asks for the password
//	                    208 a copy of a token used    stops           the same, and warns: somebody may have it
//	ErrDeleted          337 the account is            stops           forgets the account
//	ErrBusy             4xx                           tries again     waits; Error.Retry says how long
//	ErrUntrusted        no root certified the gate    tries slowly    says so: nothing is safe here
//	ErrUnconfirmed      beside any of these           tries slowly    shows it as something that may not be true
//	any other           1xx, 2xx, 3xx                 see stops       shows the words
//
// A token that the server refuses by 200, 201, 207 or 208 is told only when there
// is no other proof. Stopped ends Send, History and the rest with ErrStopped and
// the kind; what Queue has kept stays pending and goes on after the next Connect.
// That the server's store is another one, or the device was away for too long,
// stops nothing: see Delivery.
//
// Before there are keys everything can be forged, by a captive portal too: a
// refused handshake, a stranger's certificate. Such an error has ErrUnconfirmed
// beside its kind, costs neither token nor ticket, and stops nothing: Connect
// returns it, with Idle, and a client that was online tries again, at every gate
// by turns, at most 5 minutes apart, and at once when the app comes to the front
// or the network changes. OnState tells it with each Waiting. An app that is too
// old hears that from the gate's own mouth where the handshake gets that far: in
// answer to Login, over QUIC to Hello too, and by certificates.
//
// # Queue
//
//	Queue ──▶ held ──kept, on the disk──▶ queued ──▶ on the wire ──acknowledged──▶ sent
//	                                        ▲            │   └── refused for good, expired, Discard ──▶ failed
//	                                        └── 4xx, lost, restart: under the same counter
//
// Nothing is written before its name is on the disk, so that a crash at any
// moment leaves it either unsent or known. Send and SendFunc live as long as
// their callers: they are not kept.
//
// # Waking up
//
// A client has one timer. Idle it rings once for each heartbeat: 23 times an
// hour in the foreground with the default of at most 3 minutes, 8 times in the
// background, where nothing else rings (BenchmarkIdleClient and TestWakeUps).
// Without a connection in the background tries are up to 9 minutes apart.
//
// # Coming back
//
// A client keeps two tickets (wallet.go), the second in case an answer is lost,
// and asks for others as it uses them. Each is used once: that it is gone is
// saved before a byte of it is sent. With one a login over TCP or WebSocket is
// one round trip, after which whatever waits is sent; the client is online, and
// Connect returns, when the gate has answered under the new keys, because before
// that a gate has promised nothing. A ticket that the gate does not take costs a
// full handshake with the usual proof on the same connection. Seven days after
// the last proof there is another one, whatever tickets are left. Tickets are
// dropped when the gate ends the session for good or refuses a proof, and when
// another account logs in. Options.NoResume does without; Status.Resumed tells.
//
// # Delivery
//
// While a State lives, a message is handed over once. After a crash the
// messages since the last save, two seconds, may come again: (Conv, CSeq) names
// a message. When the place in the inbox is lost, because the server's store
// is another one or the device was away for too long, OnResync says so and
// messages may be missing or come again.
//
// Messages of the user's other devices are delivered like those of others, so
// that all devices show the same. A message of this device is delivered only
// when an earlier run sent it and did not learn that it was stored.
//
// # Big groups
//
// Messages of a big group come as any others, once and in the order of the
// conversation, with USeq 0. The client finds out by itself which groups there are,
// at most 1,000, and where they go on after a restart; on a new device they begin
// where they are. OnLeft tells that one is over for the user.
//
// # Order
//
// Messages of a client are stored in the order of its sends: each names the
// one before it that is not answered, so that a server that refuses one for
// now (4xx) refuses those behind it too. The client waits then, and begins
// again with one on the wire.
//
// # Goroutines and memory
//
// An idle client over TCP takes 8 KB of heap and 3 KB of stack, the gate's end of
// a test included. A connected client has one goroutine, which reads, and a timer; over QUIC a
// second one reads pages, and callbacks of both come one at a time (bulk.go). Whoever sends
// writes, for all who send meanwhile; sends from callbacks leave in one write
// when everything that was read is handled. SendFunc and OnMessage allocate
// nothing per message. Everything a server can make grow has a bound.
//
// The package imports msgdef and below, and gate/transport. It must never
// import gate, route or imservice, whose code it talks to over the wire only.
package client
