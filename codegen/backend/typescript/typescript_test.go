package typescript

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
)

// definitions are the packages whose committed output is tested.
const definitions = "../../../msgdef"

// TestTypeScript compiles what is generated with the compiler of TypeScript, as
// strictly as it can, and holds it against the vectors, against the Go codecs,
// and against a program that installs the package. Structs of other packages are
// in that of rpc, and names that are taken in the golden one.
func TestTypeScript(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles TypeScript")
	}
	w := open(t)
	w.copy(t, "msgdef", os.DirFS(filepath.Join(definitions, "typescript")))
	w.copy(t, "kinds", os.DirFS(filepath.Join(definitions, "vectors", "kinds", "typescript")))
	w.generate(t, "rpc", read(t, filepath.Join(definitions, "rpc"), &ir.Problems{}))
	w.generate(t, "sample", sample(t))
	for _, project := range []string{"msgdef", "kinds", "rpc", "sample", "."} {
		w.compile(t, project)
	}
	t.Run("vectors", func(t *testing.T) {
		succeed(t, w.driver("./msgdef", absolute(t, definitions+"/vectors/messages.json")))
		succeed(t, w.driver("./kinds", absolute(t, definitions+"/vectors/kinds.json")))
	})
	t.Run("difference", func(t *testing.T) {
		difftest.Run(t, w.driver("./msgdef"), definitions+"/msgdef.lock", difftest.Messages())
		difftest.Run(t, w.driver("./kinds"), definitions+"/vectors/kinds/msgdef.lock", difftest.Kinds())
	})
	t.Run("json", func(t *testing.T) {
		testJSON(t, w, "./msgdef", difftest.Messages())
		testJSON(t, w, "./kinds", difftest.Kinds())
	})
	t.Run("consumer", func(t *testing.T) {
		w.copy(t, "consumer", os.DirFS("testdata/consumer"))
		succeed(t, w.command("msgdef", "npm", "pack", "--silent", "--pack-destination", w.path("consumer")))
		succeed(t, w.command("consumer", "npm", "install", "--offline", "--no-audit", "--no-fund", "./sim-im-msgdef-0.1.0.tgz"))
		w.compile(t, "consumer")
		succeed(t, w.command("consumer", "node", "consumer.js"))
	})
}
