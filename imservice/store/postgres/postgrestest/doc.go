// Package postgrestest gives tests a real PostgreSQL: one server for the tests of
// a package, a database for each of them,
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }
//
// and servers of their own for tests that kill them. With SIM_TEST_POSTGRES set
// to the URL of a server, it is used instead.
//
// It is imported by tests only.
package postgrestest
