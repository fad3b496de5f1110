//go:build !race

package imservice

const slow = false
