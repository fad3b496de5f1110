package web_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/disk"
	"github.com/sim-im/sim/imservice/media/mediatest"
	"github.com/sim-im/sim/imservice/media/web"
	"github.com/sim-im/sim/msgdef"
)

// childFolder is the variable that makes a test binary a server.
const childFolder = "SIM_TEST_MEDIA_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		fmt.Fprintln(os.Stderr, serveChild(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func childSigner(url string) *media.Signer {
	return &media.Signer{Key: bytes.Repeat([]byte("c"), media.MinKey), URL: url, Most: 100 << 20}
}

// serveChild serves until it is killed, and prints where.
func serveChild(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	kept, err := disk.Open(dir + "/kept")
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	s, err := web.New(web.Options{
		Staging: dir + "/uploads", Store: kept, Book: &shelf{media: map[media.ID]msgdef.MediaInfo{}}, Signer: childSigner(url),
	})
	if err != nil {
		return err
	}
	fmt.Println(url)
	return s.Serve(l)
}

// child is a server in a process of its own.
type child struct {
	*exec.Cmd
	url string
	dir string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0]), dir: dir}
	c.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c.url = strings.TrimSpace(line)
	return c
}

// awaitMore waits until more of an upload has arrived.
func (c *child) awaitMore(t *testing.T, path string, than int) {
	file := filepath.Join(c.dir, "uploads", path[strings.LastIndex(path, "/")+1:])
	for {
		if info, err := os.Stat(file); err != nil {
			t.Error(err)
			return
		} else if info.Size() > int64(than) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// kill ends the process at once, as kill -9 does.
func (c *child) kill() {
	_ = c.Process.Kill() // it may have ended
	_ = c.Wait()
}

// TestKilled kills the server in the middle of parts, again and again: what is there
// afterwards is the beginning of the file, and it goes on from there.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	content := mediatest.Bytes(8 << 20)
	sum := sha256.Sum256(content)
	w := newWorld(t)
	path, done := "", 0
	for kills := 0; kills < 4; kills++ {
		c := startChild(t, dir)
		w.options.Signer = childSigner(c.url)
		if path == "" {
			path = strings.TrimPrefix(w.create(7, len(content), hex.EncodeToString(sum[:])).header.Get("Location"), c.url)
		}
		before := done
		done = w.goesOnAt(c.url + path)
		if done < before {
			t.Errorf("%d bytes after %d", done, before)
		}
		stop := min(done+1<<20+kills*1000, len(content)-1)
		w.patchUntil(c, path, done, content[done:], stop-done)
	}
	c := startChild(t, dir)
	w.options.Signer = childSigner(c.url)
	done = w.goesOnAt(c.url + path)
	if done == 0 {
		t.Error("nothing was left")
	}
	w.wantStatus("the rest", w.patch(7, c.url+path, done, content[done:]), http.StatusNoContent)
	if is := w.describes(7, c.url+path); is.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", is)
	}
	id, _ := media.ParseID(path[strings.LastIndex(path, "/")+1:])
	if r := w.ask("GET", w.options.Signer.Link(id, media.Whole, w.now()), nil); r.body != string(content) {
		t.Errorf("%d bytes came back", len(r.body))
	}
}

// goesOnAt asks how much is there.
func (w *world) goesOnAt(at string) int {
	w.t.Helper()
	n, err := strconv.Atoi(w.by(7, "HEAD", at, nil).offset())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// patchUntil sends a part, and kills the server when so much of it is on its way.
func (w *world) patchUntil(c *child, path string, offset int, content []byte, enough int) {
	w.t.Helper()
	killed := make(chan struct{})
	body := io.MultiReader(bytes.NewReader(content[:enough]), &afterwards{func() {
		c.awaitMore(w.t, path, offset)
		c.kill()
		close(killed)
	}}, bytes.NewReader(content[enough:]))
	request, err := http.NewRequest(http.MethodPatch, c.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	request.ContentLength = int64(len(content))
	for name, value := range map[string]string{
		"Tus-Resumable": "1.0.0", "Authorization": w.token(7), "Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream",
	} {
		request.Header.Set(name, value)
	}
	if r, err := http.DefaultClient.Do(request); err == nil {
		w.t.Errorf("answered with %d", r.StatusCode)
		r.Body.Close()
	}
	<-killed
}

// afterwards reads nothing, after doing something.
type afterwards struct{ do func() }

func (a *afterwards) Read([]byte) (int, error) {
	a.do()
	return 0, io.EOF
}
