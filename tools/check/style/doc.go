// Package style measures the budgets that keep the tree readable: lengths of
// files and functions, documentation of everything exported, names of folders,
// and the few constructs that are not used here (init, large interfaces).
//
// Generated files are left out. The package parses files and imports the
// standard library only; its test reads the whole module.
package style
