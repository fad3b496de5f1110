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
