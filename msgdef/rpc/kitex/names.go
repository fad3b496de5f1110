package kitex

// service is one of the kinds of far ends.
type service struct {
	name   string // on the wire
	kind   string // of the process that offers it, for people
	caller string // kind of the process that calls it, for people
}

// routeService is what gates, the message service's notifier and business
// services call. Names on the wire never change.
func routeService() service {
	return service{name: "sim.Route", kind: "route", caller: "gate"}
}

// messageService is what routes and push services call.
func messageService() service {
	return service{name: "sim.Service", kind: "message service", caller: "route"}
}

// gateService is what routes call.
func gateService() service {
	return service{name: "sim.Gate", kind: "gate", caller: "route"}
}

// applicationService is what routes call on one instance of a business service.
func applicationService() service {
	return service{name: "sim.Application", kind: "business service", caller: "route"}
}

// moderationService is what operators call. A message service offers it beside
// its own, to nobody who does not ask for it by name.
func moderationService() service {
	return service{name: "sim.Moderation", kind: "message service", caller: "operator"}
}

// Methods on the wire; they never change.
const (
	methodSend           = "Send"
	methodGetMsg         = "GetMsg"
	methodGetConv        = "GetConv"
	methodHeads          = "Heads"
	methodRead           = "Read"
	methodSaveCursors    = "SaveCursors"
	methodLogin          = "Login"
	methodChangePassword = "ChangePassword"
	methodDeleteAccount  = "DeleteAccount"
	methodLookup         = "Lookup"
	methodRegisterPush   = "RegisterPush"
	methodResume         = "Resume"
	methodGroups         = "Groups"
	methodFindGroups     = "FindGroups"
	methodMembers        = "Members"
	methodTalks          = "Talks"
	methodWatch          = "Watch"
	methodConvHeads      = "ConvHeads"
	methodPins           = "Pins"
	methodTyping         = "Typing"
	methodLaters         = "Laters"
	methodArrived        = "Arrived"
	methodFindMessages   = "FindMessages"
	methodRelations      = "Relations"
	methodProfiles       = "Profiles"
	methodFindPeople     = "FindPeople"
	methodMediaToken     = "MediaToken"
	methodMediaLinks     = "MediaLinks"
	methodKeepSignIns    = "KeepSignIns"
	methodSignIns        = "SignIns"
	methodExport         = "Export"
	methodWhereabouts    = "Whereabouts"

	methodRegister   = "Register"
	methodUnregister = "Unregister"
	methodPresence   = "Presence"
	methodUpdate     = "Update"
	methodForward    = "Forward"
	methodNotify     = "Notify"
	methodEvict      = "Evict"
	methodClaim      = "Claim"
	methodTell       = "Tell"

	methodKeepTickets = "KeepTickets"
	methodTakeTicket  = "TakeTicket"

	methodLease   = "Lease"
	methodDue     = "Due"
	methodResolve = "Resolve"
	methodConfirm = "Confirm"

	methodBan         = "Ban"
	methodUnban       = "Unban"
	methodRevoke      = "Revoke"
	methodRemove      = "Remove"
	methodSetPassword = "SetPassword"
	methodInspect     = "Inspect"
	methodSignInsOf   = "SignInsOf"
	methodExportOf    = "ExportOf"

	methodDeliver = "Deliver"
	methodPush    = "Push"
	methodKick    = "Kick"

	methodHandle = "Handle"
)
