// Package registrytest is the suite that every registry passes: memory's and
// redis's. It sees registries only through their contract and waits for what
// has to come, so that a slow machine makes it slow and not wrong.
//
// It may import route/registry, msgdef, msgdef/rpc and testing. It must never
// know which registry it runs on.
package registrytest
