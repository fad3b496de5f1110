// Package explain shows people what definitions and bytes mean: it draws the
// layout of a struct, and takes captured bytes apart field by field. Its decoder
// interprets the ir, so it needs no generated code; tests hold it to the verdict
// of the generated codecs.
//
// It may import codegen/ir, msgdef/wire and the standard library. It must never
// show what is tagged secret unless it is told to, nor panic on any bytes.
package explain
