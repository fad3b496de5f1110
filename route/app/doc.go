// Package app is what a business service is made of: a program of its own that
// serves frames of an application, behind gates that know nothing of them.
//
//	err := app.Serve(ctx, app.Options{
//		Service: "hotel", First: 0x8000, Last: 0x80ff,
//		Routes: []string{"127.0.0.1:7103"},
//	}, func(c *app.Call) error {
//		return app.Dispatch(c, new(hotel.UpDecoder), hotel.UpHandler(desk{c}), hotel.FromJSON)
//	})
//
// where desk implements the interface that was generated beside the messages:
//
//	type desk struct{ *app.Call }
//
//	func (d desk) HandleBook(b *hotel.Book) error {
//		return app.Reply(d.Call, &hotel.Booked{Room: 7})
//	}
//
//	client ─▶ gate ─▶ route ──Handle──▶ Service ─▶ one queue per user ─▶ Handler
//	   ▲                │ ▲◀──Claim────────┤ every 2 s, at every route
//	   └────────────────┘ └◀──Tell─────────┘ at one route of each region
//
// What holds:
//
//   - Who sent a frame is vouched for by the gate: Call.UID and Call.Device.
//   - Frames of a user and type range are handled in the order in which a device
//     sent them, by one instance of the service, one at a time; those of
//     different users at once.
//   - A frame is handled once or not at all. When that is not known, the client
//     is told CodeTimeout or CodeUnavailable, and it is the client who repeats.
//   - A frame that was refused with CodeTimeout may still be handled, and, when its
//     process stood still for longer than its claim holds, after later ones that
//     another instance handled meanwhile.
//   - Messages of one Tell after another reach a session in that order, except
//     where the service turns from one route to another: what is still on its way
//     through the first may come later. None comes twice.
//   - Two services that claim one type are an operator's mistake. Each route knows
//     who came first there, and Health tells both of the other one; as long as
//     each has a route, either gets the frames of some gates.
//   - A handler that panics costs its frame, which is answered with
//     CodeUnavailable; one that takes longer than the route waits, 2 s, has its
//     client told CodeTimeout, and until it returns further frames of its user
//     are refused with CodeBusy. Both are logged and counted.
//   - Where too many frames wait, of a user or of all, further ones are refused
//     with CodeBusy.
//   - Messages to users reach the sessions that are there, and are not kept.
//
// It may import msgdef, msgdef/codec, msgdef/frame, msgdef/rpc, its kitex and the standard library.
// It must never know a type of an application, or keep what a route sent after
// the call returned.
package app
