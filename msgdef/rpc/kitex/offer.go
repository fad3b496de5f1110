package kitex

import "github.com/sim-im/sim/msgdef/rpc"

// Offer is a service that a Server offers.
type Offer struct {
	service service
	methods map[string]method
}

// OfferRoute offers a route to gates, to the message service and to business
// services. Parts that are nil are not offered.
func OfferRoute(r rpc.Route, n rpc.Notifier, image rpc.Roster, apps rpc.Applications, e rpc.Evictor) Offer {
	o := Offer{service: routeService(), methods: make(map[string]method)}
	if r != nil {
		o.messages(r)
		o.methods[methodRegister] = telling(r.Register)
		o.methods[methodUnregister] = telling(r.Unregister)
		o.methods[methodPresence] = asking(r.Presence)
		o.methods[methodForward] = asking(r.Forward)
		o.methods[methodKeepTickets] = telling(r.KeepTickets)
		o.methods[methodTakeTicket] = asking(r.TakeTicket)
	}
	if n != nil {
		o.methods[methodNotify] = telling(n.Notify)
	}
	if image != nil {
		o.methods[methodUpdate] = asking(image.Update)
	}
	if apps != nil {
		o.methods[methodClaim] = asking(apps.Claim)
		o.methods[methodTell] = asking(apps.Tell)
	}
	if e != nil {
		o.methods[methodEvict] = telling(e.Evict)
	}
	return o
}

// OfferApplication offers an instance of a business service to routes.
func OfferApplication(a rpc.Application) Offer {
	return Offer{service: applicationService(), methods: map[string]method{methodHandle: asking(a.Handle)}}
}

// OfferGate offers a gate to routes.
func OfferGate(g rpc.Gate) Offer {
	return Offer{service: gateService(), methods: map[string]method{
		methodDeliver: telling(g.Deliver),
		methodPush:    telling(g.Push),
		methodKick:    telling(g.Kick),
	}}
}

// OfferService offers a message service to routes and push services. Parts that
// are nil are not offered.
func OfferService(s rpc.Service, l rpc.Leases, b rpc.Outbox) Offer {
	o := Offer{service: messageService(), methods: make(map[string]method)}
	if s != nil {
		o.messages(s)
	}
	if l != nil {
		o.methods[methodLease] = asking(l.Lease)
	}
	if b != nil {
		o.methods[methodDue] = asking(b.Due)
		o.methods[methodResolve] = asking(b.Resolve)
		o.methods[methodConfirm] = telling(b.Confirm)
	}
	return o
}

// messages adds the methods of rpc.Service.
func (o Offer) messages(s rpc.Service) {
	o.methods[methodSend] = sending(s)
	o.methods[methodGetMsg] = asking(s.GetMsg)
	o.methods[methodGetConv] = asking(s.GetConv)
	o.methods[methodHeads] = asking(s.Heads)
	o.methods[methodRead] = asking(s.Read)
	o.methods[methodSaveCursors] = telling(s.SaveCursors)
	o.methods[methodLogin] = asking(s.Login)
	o.methods[methodChangePassword] = asking(s.ChangePassword)
	o.methods[methodDeleteAccount] = telling(s.DeleteAccount)
	o.methods[methodLookup] = asking(s.Lookup)
	o.methods[methodRegisterPush] = telling(s.RegisterPush)
	o.methods[methodResume] = asking(s.Resume)
	o.methods[methodGroups] = asking(s.Groups)
	o.methods[methodFindGroups] = asking(s.FindGroups)
	o.methods[methodMembers] = asking(s.Members)
	o.methods[methodTalks] = asking(s.Talks)
	o.methods[methodWatch] = asking(s.Watch)
	o.methods[methodConvHeads] = asking(s.ConvHeads)
	o.methods[methodFindMessages] = asking(s.FindMessages)
	o.methods[methodTyping] = asking(s.Typing)
	o.methods[methodArrived] = asking(s.Arrived)
	o.methods[methodPins] = asking(s.Pins)
	o.methods[methodLaters] = asking(s.Laters)
	o.methods[methodRelations] = asking(s.Relations)
	o.methods[methodProfiles] = asking(s.Profiles)
	o.methods[methodFindPeople] = asking(s.FindPeople)
	o.methods[methodMediaToken] = asking(s.MediaToken)
	o.methods[methodMediaLinks] = asking(s.MediaLinks)
	o.methods[methodKeepSignIns] = telling(s.KeepSignIns)
	o.methods[methodSignIns] = asking(s.SignIns)
	o.methods[methodExport] = asking(s.Export)
	o.methods[methodWhereabouts] = asking(s.Whereabouts)
}
