// Package provider brings notifications to devices that are not connected, by
// somebody else's network. Package webhook calls an HTTP endpoint of the
// operator; package log writes a line, for development.
//
// The folder may import msgdef, the Standard Webhooks library and the standard
// library. It must never keep a row's state: whether a push is repeated is
// decided by who calls it. A token never reaches a log.
package provider
