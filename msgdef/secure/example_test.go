package secure_test

import (
	"crypto/rand"
	"fmt"
	"log"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// A whole session, with variables where the network would be.
func Example() {
	root, gate := keys()
	roots, err := secure.NewRoots(root.Public())
	check(err)

	// The handshake.
	server, err := secure.NewServerHandshake(secure.ServerConfig{Key: gate})
	check(err)
	client, err := secure.NewClientHandshake(secure.ClientConfig{Roots: roots, Now: time.Now})
	check(err)
	reply, atGate, err := server.Hello(client.Hello())
	check(err)
	atClient, err := client.Reply(reply)
	check(err)

	// The login, under its own keys, which a real gate answers.
	var login msgdef.Login
	login.Versions, login.Suites = atClient.Offered()
	check(atGate.CheckOffer(login.Versions, login.Suites))
	id := [16]byte([]byte("16 random bytes."))
	check(atGate.Bind(id, login.Append(nil), nil))
	check(atClient.Bind(id, login.Append(nil), nil))

	// A record, under the session's keys.
	record, err := atClient.Out.Append(nil, frame.Append(nil, &msgdef.Ping{Nonce: 7}), time.Now())
	check(err)
	n, err := atGate.In.Open(record)
	check(err)
	f, _, err := atGate.In.Next()
	check(err)
	fmt.Println(atClient.ServerName(), atClient.Suite(), n, f.Type)
	// Output: gate-1 hybrid-aesgcm 30 Ping
}

func keys() (*secure.RootKey, *secure.GateKey) {
	root, err := secure.NewRootKey(rand.Reader)
	check(err)
	gate, err := secure.NewGateKey(rand.Reader, root, "gate-1", time.Now(), time.Now().Add(time.Hour))
	check(err)
	return root, gate
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
