// Package mediatest is the suite that every media.Store passes.
package mediatest
