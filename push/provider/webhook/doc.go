// Package webhook is a provider that calls an HTTP endpoint of the operator, who
// then wakes the device by whatever means.
//
// Each push is a POST of JSON, signed as Standard Webhooks says: the headers
// webhook-id, which is the same for every attempt, webhook-timestamp, and
// webhook-signature.
//
//	{"type":"push","timestamp":"2026-01-02T03:04:05.678Z","data":{
//	  "uid":"7","device":"9","token":"…","from":"alice","conversation":"<32 hex digits>",
//	  "cseq":"12","useq":"34","kind":1,"text":"hello"}}
//
// Ids are strings, because JavaScript's numbers end at 2^53. token is base64.
//
// What the endpoint answers decides:
//
//	2xx                  taken
//	410                  the token is dead and is forgotten
//	408, 425, 429, 5xx   again later; Retry-After is honoured up to five minutes
//	other                refused for good; redirects are not followed
//	nothing              again later
package webhook
