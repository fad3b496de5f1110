//go:build !race

package imservice

import "testing"

func long(*testing.T) {}
