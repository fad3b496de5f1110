// Package fill makes a grown store of an empty folder, for measuring what size
// costs: accounts, and messages between pairs of them in the order of time, as
// if they had been sent one after the other over two hundred days.
//
// What it writes depends on the Plan alone, except for the epoch. It goes
// through the store's own interface, in commits as large as a message service
// makes them, so the folder looks like one that grew: rows of all users mixed
// in every table, the newest still in the log.
//
// The package may import imservice/store and msgdef. It must never touch a
// store that has accounts already.
package fill
