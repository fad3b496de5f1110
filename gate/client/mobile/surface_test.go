package mobile

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

//go:embed *.go
var sources embed.FS

// TestSurface holds what the package exports against what gobind can carry,
// https://pkg.go.dev/golang.org/x/mobile/cmd/gobind: it leaves the rest out
// without a word, and an app would miss it.
func TestSurface(t *testing.T) {
	var texts []string
	for _, entry := range must(sources.ReadDir(".")) {
		if !strings.HasSuffix(entry.Name(), "_test.go") {
			texts = append(texts, string(must(sources.ReadFile(entry.Name()))))
		}
	}
	wrong, seen := surface(t, texts...)
	for _, w := range wrong {
		t.Error(w)
	}
	if seen < 60 {
		t.Errorf("only %d exported things were looked at", seen)
	}
}

// TestSurfaceRules has the check find each thing that gobind cannot carry.
func TestSurfaceRules(t *testing.T) {
	for _, bad := range []string{
		"func F(x uint64) {}", "func F(x uint8) {}", "func F(x complex128) {}", "func F(x []int) {}", "func F(x []string) {}",
		"func F(x map[string]int) {}", "func F(x chan int) {}", "func F(x func()) {}", "func F(x ...int) {}", "func F(x any) {}",
		"func F(x [4]byte) {}", "func F(x *int) {}", "func F() (int, int) { panic(0) }", "func F() (int, int, error) { panic(0) }",
		"func F(x time.Time) {}", "func F(ctx context.Context) {}", "func F[T any](x T) {}",
		"type S struct{ X uint32 }", "type S struct{ x int }\nfunc F(s S) {}", "type S struct{ X []*S }", "type S struct{ E }\ntype E struct{}",
		"type I interface{ M(x uint) }", "type S struct{}\nfunc (S) M(x []int) {}", "type S struct{}\nfunc (*S) M() (int, string) { panic(0) }",
		"type N int", "var V uint", "const C uint8 = 1", "type F func()",
	} {
		if wrong, _ := surface(t, "package p\nimport (\"time\"; \"context\")\n"+bad); len(wrong) == 0 {
			t.Errorf("not found: %s", bad)
		}
	}
	good := "package p\ntype I interface{ M(s *S, x []byte) }\ntype S struct { A int64; B string; C bool; D float64; E []byte; F *S; G I; h map[string]uint }\n" +
		"func (s *S) M(e error, i I) (int32, error) { panic(0) }\nfunc New() *S { panic(0) }\nfunc (s *S) hidden(x uint) {}\nconst C = 1\nconst D = \"x\""
	if wrong, seen := surface(t, good); len(wrong) != 0 || seen == 0 {
		t.Errorf("found in good code: %v", wrong)
	}
}

// nothing imports packages as if they were empty: what comes from another one
// has no type here, which is what gobind would say too.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	p.MarkComplete()
	return p, nil
}

// surface returns what gobind could not carry of a package, and how much was
// looked at.
func surface(t *testing.T, texts ...string) (wrong []string, seen int) {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	for i, text := range texts {
		parsed = append(parsed, must(parser.ParseFile(files, fmt.Sprint(i), text, 0)))
	}
	config := types.Config{Importer: nothing{}, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := config.Check("mobile", files, parsed, nil) // what it does not know is found below
	s := &binder{pkg: pkg}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			s.object(object)
		}
	}
	return s.wrong, s.seen
}

// binder goes through what a package exports as gobind does.
type binder struct {
	pkg   *types.Package
	wrong []string
	seen  int
}

func (b *binder) check(ok bool, what string, t types.Type) {
	b.seen++
	if !ok {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: %v cannot be bound", what, t))
	}
}

func (b *binder) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		basic, ok := o.Type().Underlying().(*types.Basic)
		b.check(ok && (basic.Info()&types.IsUntyped != 0 || carried(basic)), o.Name(), o.Type())
	case *types.Func:
		b.signature(o.Name(), o.Signature())
	case *types.TypeName:
		b.named(o)
	default:
		b.check(false, o.Name(), o.Type()) // a variable: shared state has no place here
	}
}

func (b *binder) named(o *types.TypeName) {
	named, ok := o.Type().(*types.Named)
	if !ok || named.TypeParams().Len() > 0 {
		b.check(false, o.Name(), o.Type())
		return
	}
	switch under := named.Underlying().(type) {
	case *types.Struct:
		for field := range under.Fields() {
			if field.Exported() {
				b.check(!field.Embedded() && b.value(field.Type()), o.Name()+"."+field.Name(), field.Type())
			}
		}
	case *types.Interface:
		for method := range under.Methods() {
			b.signature(o.Name()+"."+method.Name(), method.Signature())
		}
	default:
		b.check(false, o.Name(), under)
	}
	for method := range named.Methods() {
		if method.Exported() {
			b.signature(o.Name()+"."+method.Name(), method.Signature())
		}
	}
}

func (b *binder) signature(name string, s *types.Signature) {
	b.check(!s.Variadic() && s.TypeParams().Len() == 0, name, s)
	for v := range s.Params().Variables() {
		b.check(b.value(v.Type()), name, v.Type())
	}
	results := slices.Collect(s.Results().Variables())
	for i, v := range results {
		b.check(b.value(v.Type()) && (i == 0 || i == 1 && isError(v.Type())), name, v.Type())
	}
}

// value reports whether gobind carries values of a type.
func (b *binder) value(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return carried(t)
	case *types.Slice:
		return types.Identical(t.Elem(), types.Typ[types.Byte])
	case *types.Pointer:
		named, ok := t.Elem().(*types.Named)
		if !ok || named.Obj().Pkg() != b.pkg {
			return false
		}
		_, ok = named.Underlying().(*types.Struct)
		return ok
	case *types.Named:
		return isError(t) || t.Obj().Pkg() == b.pkg && types.IsInterface(t)
	}
	return false
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

func carried(t *types.Basic) bool {
	switch t.Kind() {
	case types.Bool, types.String, types.Int, types.Int8, types.Int16, types.Int32, types.Int64, types.Float32, types.Float64:
		return true
	}
	return false
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
