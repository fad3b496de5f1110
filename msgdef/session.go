package msgdef

// ClientHello is the payload of the first handshake message, in the clear.
// In a classical suite the key is empty.
//
//msgdef:struct
type ClientHello struct {
	EncapsulationKey []byte `max:"1184"` // ML-KEM-768
}

// ServerHello is the encrypted payload of the second handshake message.
//
//msgdef:struct
type ServerHello struct {
	Certificate []byte `max:"512"`  // an encoded Certificate
	Ciphertext  []byte `max:"1088"` // ML-KEM-768, empty in a classical suite
}

// Certificate binds a gate's key to a root: the root signs the bytes of Body.
//
//msgdef:struct
type Certificate struct {
	Body      []byte   `max:"256"` // an encoded CertificateBody
	Root      [8]byte  // first bytes of SHA-256 of the root's public key
	Signature [64]byte // Ed25519 over "sim gate certificate v1" ‖ 0 ‖ Body
}

// CertificateBody says whose key this is and for how long it holds.
//
//msgdef:struct
type CertificateBody struct {
	Key        [32]byte // X25519, the gate's static Noise key
	TLSKey     [32]byte // Ed25519, of the gate's certificate in TLS
	Serial     uint64   // grows with each certificate of a root; the revocation minimum refers to it
	NotBefore  int64    // Unix seconds
	NotAfter   int64    // Unix seconds
	MinVersion uint8    // lowest protocol version a client may speak to this gate
	Name       string   `max:"64"` // for people: which gate, which region
}

// Refusal is sent in the clear when the handshake cannot start. It is not
// authenticated: a client treats it as a hint and never lowers its demands
// because of it without repeating so in Login.
//
//msgdef:struct
type Refusal struct {
	Code       ErrorCode
	RetryAfter uint32 // milliseconds, 0 when retrying does not help
	Versions   []byte `max:"8"`  // protocol versions the gate speaks
	Suites     []byte `max:"16"` // suites the gate admits
}

// AuthMethod tells what Login.Secret holds.
type AuthMethod uint8

// How a user proves who they are.
const (
	AuthPassword AuthMethod = 1 // UTF-8 password of the account
	AuthToken    AuthMethod = 2 // token of an earlier LoginOK
	AuthIssuer   AuthMethod = 3 // token of an issuer outside that the message service trusts: a JWT, or an opaque one it can ask about
)

// Platform is the kind of device; values above these are passed through.
type Platform uint8

// The platforms a login policy can tell apart.
const (
	PlatformOther   Platform = 0
	PlatformDesktop Platform = 1
	PlatformPhone   Platform = 2
	PlatformTablet  Platform = 3
	PlatformWeb     Platform = 4
	PlatformBot     Platform = 5
)

// Login is the first frame under the login keys. Versions and Suites repeat
// what the client would have accepted, so that a downgrade shows.
//
//msgdef:type 0x0001 up reply=LoginOK
type Login struct {
	Versions  []byte `max:"8"`
	Suites    []byte `max:"16"`
	Method    AuthMethod
	Account   string `max:"64"` // 1 to 64 bytes; empty with AuthToken is allowed
	Secret    []byte `max:"2048" secret:"true"`
	Device    uint64 // chosen at random at install; also the prefix of client message ids
	Platform  Platform
	App       string `max:"64"`
	SDK       string `max:"64"`
	Heartbeat uint32 // seconds between pings, 30 to 540
	Tickets   uint8  `gen:"2"` // how many tickets the client has room for, at most 2
}

// LoginOK opens the session. Session enters the key schedule: the frames after
// this one are under the session's keys.
//
//msgdef:type 0x0002 down
type LoginOK struct {
	Session      [16]byte // random
	UID          uint64
	Account      string `max:"64"`
	Token        []byte `max:"64" secret:"true"` // proves the account at the next login; empty when the one that was given still does
	TokenExpires int64  // Unix milliseconds
	StoreEpoch   uint64 // changes when the store was restored or replaced
	Head         uint64 // useq of the user's newest message
	Cursor       uint64 // useq up to which this device acknowledged, as the server knows it
	Time         int64  // server clock, Unix milliseconds
	Heartbeat    uint32 // seconds, as accepted
	MaxBody      uint32 // bytes of a message body
}

// Ping keeps the session alive and asks for the head.
//
//msgdef:type 0x0003 up reply=Pong
type Ping struct {
	Nonce uint64 // returned in Pong
}

// Pong answers Ping. A Head above what the device has means a notify was lost.
//
//msgdef:type 0x0004 down
type Pong struct {
	Nonce uint64
	Head  uint64 // useq of the user's newest durable message
}

// KeyUpdate is the last frame under a direction's old key.
//
//msgdef:type 0x0005 both
type KeyUpdate struct{}

// Error answers a frame that could not be served; the session goes on unless
// the code is one that closes.
//
//msgdef:type 0x0006 down
type Error struct {
	Of         uint16 // type of the frame it answers
	Req        uint64 // that frame's Req, or Counter of a Send, or number of a frame of an application
	Code       ErrorCode
	RetryAfter uint32 // milliseconds, 0 when retrying does not help
	Detail     string `max:"256"` // for people; never parsed
}

// Kicked ends the session for good: the SDK does not reconnect by itself.
//
//msgdef:type 0x0007 down
type Kicked struct {
	Code   ErrorCode
	Detail string `max:"256"`
}

// GoAway asks the client to move to another gate within the window, at a
// moment of its own random choice.
//
//msgdef:type 0x0008 down
type GoAway struct {
	Window uint32 // milliseconds
}

// Ticket lets a client log in once more with one round trip, see
// msgdef/secure: under a secret of the session that it came in.
//
//msgdef:struct
type Ticket struct {
	ID      [16]byte // random
	Expires int64    // Unix milliseconds
}

// Tickets follows LoginOK when the login asked for tickets.
//
//msgdef:type 0x0009 down
type Tickets struct {
	List []Ticket `max:"2"`
}

// TicketBody is what a gate remembers of a session that may be resumed. The
// registry keeps it sealed under a key that the gates of a region share.
//
//msgdef:struct
type TicketBody struct {
	Secret     [32]byte `secret:"true"` // the pre-shared key of the handshake
	UID        uint64
	Device     uint64
	Platform   Platform
	Suite      uint8  // of the session; another one is refused
	Full       int64  // Unix milliseconds of the last login with a proof
	Generation uint64 // of the account, see rpc.LoginReply
	Expires    int64  // Unix milliseconds
}

// AppState tells whether somebody looks at the app, and how often the client
// pings from now on. Nothing answers it.
//
//msgdef:type 0x000A up
type AppState struct {
	Background bool
	Heartbeat  uint32 // seconds between pings, 30 to 540
}

// ChangePassword puts another password in the place of the account's. The old
// one is asked for because whoever has a token, or the device for a moment, does
// not know it.
//
//msgdef:type 0x000B up reply=PasswordOK
type ChangePassword struct {
	Req uint64
	Old []byte `max:"2048" secret:"true"` // UTF-8, as Login.Secret
	New []byte `max:"2048" secret:"true"`
}

// PasswordOK says that the new password is the one that counts. This session
// goes on; all others of the account end with CodeRevoked, and every token and
// ticket from before, also this device's, is worth nothing any more.
//
//msgdef:type 0x000C down
type PasswordOK struct {
	Req          uint64
	Token        []byte `max:"64" secret:"true"` // proves the account at this device's next login
	TokenExpires int64  // Unix milliseconds
}
