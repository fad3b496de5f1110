// Package peers measures the codecs of others beside ours, on the messages of
// codegen/benchmark, in one run:
//
//	cd codegen/benchmark/peers && go test -bench . -count 10 | tee peers.txt
//	benchstat -col /codec peers.txt
//
// It is a module of its own, so that nobody else pays for what it needs. Every
// codec writes into memory it is given and reads into a message it has used
// before, by the fastest functions it offers to the public; numbers are of
// fixed width where it lets us choose. The folders hold what the generators
// made, see generate.sh; mus-go's was not to be had, so mus is by hand.
package peers
