package dev

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/tools/keys"
)

// TestFolderErrors names the cause and the remedy.
func TestFolderErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong *FolderError
	if err := folder(file).wrap(keys.Folder{Dir: file}.Make()); !errors.As(err, &wrong) || !strings.Contains(err.Error(), file) {
		t.Errorf("a file as the folder gave %v", err)
	}
	denied := folder("x").wrap(&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission})
	if !errors.Is(denied, store.ErrReadOnly) || !strings.Contains(denied.Error(), "writable") {
		t.Errorf("no permission gave %v", denied)
	}
}
