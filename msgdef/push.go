package msgdef

// PushProvider is who brings a notification to a device that is not connected;
// values above these are passed through.
type PushProvider uint8

// The providers a push service may have.
const (
	PushLog     PushProvider = 1 // a line in the server's log, for development
	PushWebhook PushProvider = 2 // an HTTP endpoint of the operator
	PushAPNs    PushProvider = 3
	PushFCM     PushProvider = 4
)

// RegisterPush says where notifications for this device go while it is not
// connected. An empty token ends them. The device is asked again for the same
// at every start of the app: tokens change.
//
//msgdef:type 0x0305 up reply=PushOK
type RegisterPush struct {
	Req      uint64
	Provider PushProvider
	Token    []byte `max:"1024" secret:"true"` // as the provider handed it out
}

// PushOK says the registration is stored.
//
//msgdef:type 0x0306 down
type PushOK struct {
	Req uint64
}
