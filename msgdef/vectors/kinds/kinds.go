package kinds

// Level is an open enum: a receiver keeps values it has no name for.
type Level uint8

// The levels that have names.
const (
	LevelNone Level = 0
	LevelLow  Level = 1 // as low as it gets
	LevelHigh Level = 200
)

// Offset is an enum with negative values.
type Offset int32

// Offsets.
const (
	OffsetBack    Offset = -1
	OffsetNowhere Offset = 0
	OffsetFar     Offset = 2147483647
)

// Flags is an enum of 64 bits, larger than what some languages call a number.
type Flags uint64

// Flags.
const (
	FlagFirst Flags = 1
	FlagLast  Flags = 1 << 63
)

// Scalars has a field of every kind of one value.
//
//msgdef:type 0x8001 up reply=Texts
type Scalars struct {
	Bool    bool
	Int8    int8
	Int16   int16
	Int32   int32
	Int64   int64
	Uint8   uint8
	Uint16  uint16
	Uint32  uint32
	Uint64  uint64
	Float32 float32
	Float64 float64
	Level   Level
	Offset  Offset
	Flags   Flags
}

// Texts has the fields whose length varies, with limits of one, two and three
// bytes of length.
//
//msgdef:type 0x8002 down
type Texts struct {
	Short  string `max:"5"`
	Text   string `max:"300"`
	Long   string `max:"20000"`
	Blob   []byte `max:"300"`
	Fixed  [5]byte
	Single [1]byte
	Secret string `max:"16" secret:"true"`
}

// Lists has a list of each kind of element.
//
//msgdef:type 0x8003 both
type Lists struct {
	Bools   []bool    `max:"9"`
	Bytes   [][]byte  `max:"9" elem:"200"`
	Texts   []string  `max:"9" elem:"20"`
	Ints    []int16   `max:"300"`
	Longs   []uint64  `max:"9"`
	Floats  []float64 `max:"9"`
	Levels  []Level   `max:"9"`
	Arrays  [][3]byte `max:"9"`
	Points  []Point   `max:"9"`
	Persons []Person  `max:"9"`
	Labels  []Label   `max:"9"`
}

// Point is frozen and of one size, so that a list of it has a stride.
//
//msgdef:frozen
type Point struct {
	X, Y  int32
	Known bool
}

// Label is frozen, and its size varies.
//
//msgdef:frozen
type Label struct {
	Name string `max:"16"`
	At   Point
	Rest uint16
}

// Person may grow, and holds both kinds of structs.
//
//msgdef:struct
type Person struct {
	Name  string `max:"32"`
	Home  Point
	Tag   Label
	Alias Alias
	Email string `max:"32" gen:"2"`
}

// Alias is inside a struct inside a list.
//
//msgdef:struct
type Alias struct {
	Names []string `max:"4" elem:"8"`
}

// Grown has had three generations, and two fields that were given up.
//
//msgdef:type 0x8004 down
type Grown struct {
	ID     uint64
	_      uint32
	Name   string  `max:"16"`
	Age    uint16  `gen:"2"`
	_      []Point `max:"4" gen:"2"`
	Person Person  `gen:"3"`
	Score  float32 `gen:"3"`
}

// Names has fields that are words of Go's neighbours, and initialisms.
//
//msgdef:type 0x8005 both
type Names struct {
	Class     uint8
	Default   uint8
	Function  uint8
	New       uint8
	Package   uint8
	This      uint8
	UserID    uint64
	HTTPProxy string `max:"8"`
	ToString  uint8
	GetClass  uint8
	HashCode  uint8
	In        uint8
	Object    uint8
	Fun       uint8
	Val       uint8
}

// Empty has no fields.
//
//msgdef:type 0x8006 up
type Empty struct{}

// Envelope holds an encoded struct that it does not look into, and several.
//
//msgdef:type 0x8007 both
type Envelope struct {
	Person  []byte   `max:"512" holds:"Person"`
	Persons [][]byte `max:"4" elem:"512" holds:"Person"`
}

// Deep nests as deep as definitions may.
//
//msgdef:type 0x8008 both
type Deep struct {
	Two Two
}

// Two is a level of Deep.
//
//msgdef:struct
type Two struct {
	Three []Three `max:"2"`
}

// Three is a level of Deep.
//
//msgdef:struct
type Three struct {
	Four Four
}

// Four is a level of Deep.
//
//msgdef:struct
type Four struct {
	Five []Five `max:"2"`
}

// Five is a level of Deep.
//
//msgdef:struct
type Five struct {
	Six Six
}

// Six is a level of Deep.
//
//msgdef:struct
type Six struct {
	Seven Seven
}

// Seven is a level of Deep.
//
//msgdef:struct
type Seven struct {
	Eight Eight
}

// Eight is the last level of Deep.
//
//msgdef:struct
type Eight struct {
	Value uint64
}
