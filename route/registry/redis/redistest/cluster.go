package redistest

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// slots is how many a Redis Cluster has.
const slots = 16384

// StartCluster starts a Redis Cluster of n masters without replicas and returns
// when each of them knows that it is complete.
func StartCluster(tb testing.TB, n int) []*Server {
	tb.Helper()
	nodes := make([]*Server, n)
	for k := range nodes {
		bus := strconv.Itoa(freePort(tb))
		nodes[k] = Start(tb, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "5000")
		nodes[k].must(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", slots*k/n, slots*(k+1)/n-1))
		nodes[k].must(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", k+1))
		if k > 0 {
			nodes[k].must(fmt.Sprintf("CLUSTER MEET 127.0.0.1 %d %s", nodes[0].port, nodes[0].bus()))
		}
	}
	deadline := time.Now().Add(patience)
	for _, node := range nodes {
		for !node.complete(n) {
			if time.Now().After(deadline) {
				tb.Fatalf("the cluster at %s is not complete", node.Addr())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nodes
}

// bus returns the port of a node's cluster bus.
func (s *Server) bus() string {
	for k, a := range s.args {
		if a == "--cluster-port" {
			return s.args[k+1]
		}
	}
	return ""
}

func (s *Server) complete(n int) bool {
	answer, err := s.command("CLUSTER INFO")
	return err == nil && bytes.Contains(answer, []byte("cluster_state:ok")) &&
		bytes.Contains(answer, fmt.Appendf(nil, "cluster_known_nodes:%d\r\n", n))
}

// must sends one line that has to be answered with OK.
func (s *Server) must(line string) {
	s.tb.Helper()
	if answer, err := s.command(line); err != nil || !bytes.HasPrefix(answer, []byte("+OK")) {
		s.tb.Fatalf("%s: %q, %v", line, answer, err)
	}
}
