// Package postgres is the store in a database: PostgreSQL 15, or
// YugabyteDB through its YSQL, which several message services share, on
// github.com/jackc/pgx.
//
// # Tables
//
// One row of the model is one row of a table (migrations): messages by (conv,
// cseq), inbox by (uid, useq), sent by (uid, device, counter), reads, devices,
// accounts, families, standings, evictions, outbox, push_tokens, terms. Beside
// the log of messages and of inboxes there are their heads, conversations and
// inboxes: a row each, because that is what writers lock. A head and what it
// heads change in one transaction, so whoever reads a head can read up to it.
//
// Numbers without a sign are biased (numbers.go), texts that may be any bytes are
// bytea, conversations are uuid.
//
// # Why several may write
//
// A sequence taken before the commit is no order of commits: a reader would see
// 11, go on, and miss 10. So Lock locks the heads, in the order of their keys,
// users before conversations; what it returns stays true until Apply has
// committed, and the next one waits. Repeated sends are looked for under the same
// locks; of one that another service takes meanwhile the name is there already, which
// is store.ErrMoved as well. Apply is one pipeline of one statement
// per table; two answers of the database are waited for per commit, those of Lock
// and of COMMIT. Nothing is remembered between commits, so a commit whose answer
// was lost does no harm: the next Lock finds what is there.
//
// # YSQL
//
// It cannot be run where this is built; what follows is from its documentation
// (docs.yugabyte.com, "Isolation levels", "Read Committed", "Explicit locking"),
// and kept to:
//
//   - No sequences, advisory locks, LISTEN, triggers, or temporary tables. What
//     counts is a column, what locks is a row, and who waits asks again.
//   - READ COMMITTED is asked for. Before v2025.2, and where a universe was not
//     made by yugabyted, YB-TServer takes SNAPSHOT for it unless it is started
//     with --yb_enable_read_committed_isolation=true. Both are right here: under
//     SNAPSHOT a lock on a row that has changed since is an error 40001, and the
//     transaction is run again. The flag spares these, and with it who comes
//     second waits (Wait-on-Conflict, v2.19.2 and later) instead of failing.
//     Then the holder of a lock may also be the one to be ended, by a transaction of
//     higher priority ("Concurrency control", Fail-on-Conflict): its commit fails
//     as a whole and is built anew.
//   - 40001 and 40P01 are tried again, a bounded number of times with pauses of
//     random length (retry.go), and may come from any statement or the COMMIT.
//   - The first column of a primary key is hashed, the others keep their order:
//     all ranges that are read have a first column that is equal. outbox has one
//     for just that.
//   - Changes of the schema are not rolled back with a transaction unless that is
//     switched on ("Transactional DDL"), so every statement of a migration can be
//     run again; two at once are not supported, and the row of the version is locked
//     by who migrates.
//   - Clocks of nodes differ by up to 500 ms: a lease of the master of a region may
//     be given away so much too early; terms are what fences.
//
// It may import imservice/store and msgdef. It must never know membership or
// limits, and never decide what a message means.
package postgres
