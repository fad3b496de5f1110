package backend

import "github.com/sim-im/sim/codegen/ir"

// Flow is a direction with its words in names and documentation.
type Flow struct {
	Direction ir.Direction
	Name      string // "Up"
	Doc       string // "from client to server"
}

// Flows returns both directions. A message of both flows each way.
func Flows() []Flow {
	return []Flow{
		{ir.Up, "Up", "from client to server"},
		{ir.Down, "Down", "from server to client"},
	}
}

// Carries tells whether a message flows that way.
func (f Flow) Carries(s *ir.Struct) bool { return s.Direction&f.Direction != 0 }
