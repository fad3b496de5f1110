package chat

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sim-im/sim/gate/client"
)

// home is the folder where a user's chats keep what must outlive them:
//
//	FOLDER/chat/USER/password   made at the first use when none was given, mode 0600
//	FOLDER/chat/USER/N.json     a device: its id, counter, cursor, token and tickets
//
// Two chats of a user at the same time are two devices, so each takes the
// first N that nobody has locked.
type home string

// maxDevices is how many chats of a user may run at once on a folder.
const maxDevices = 64

func newHome(folder, user string) home {
	name := strings.ReplaceAll(url.PathEscape(user), ".", "%2E")
	return home(filepath.Join(folder, "chat", name))
}

func (h home) passwordFile() string { return filepath.Join(string(h), "password") }

// password returns the password kept here, or makes one. made tells that it is
// new, and to be forgotten when the server does not take it.
func (h home) password() (text string, made bool, err error) {
	kept, err := os.ReadFile(h.passwordFile())
	if err == nil {
		text = strings.TrimSpace(string(kept))
	}
	switch {
	case text != "" || (err != nil && !errors.Is(err, fs.ErrNotExist)):
		return text, false, err
	case err == nil: // somebody emptied it
		h.forget()
	}
	text = rand.Text()
	if err = h.keep(text); errors.Is(err, fs.ErrExist) { // another chat was faster
		return h.password()
	}
	return text, err == nil, err
}

// keep writes a new password. A file appears with all of its content or not at
// all; fs.ErrExist when there is one.
func (h home) keep(password string) error {
	if err := os.MkdirAll(string(h), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(string(h), "password.*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(password + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Link(file.Name(), h.passwordFile())
}

// forget removes a password that was made in vain.
func (h home) forget() { _ = os.Remove(h.passwordFile()) }

// open returns a client with the first device that is free. Where nothing can
// be written it is a device in memory, and warn is told.
func (h home) open(options client.Options, fresh bool, warn func(string)) (*client.Client, error) {
	for n := range maxDevices {
		options.State = h.device(n, fresh)
		c, err := client.New(options)
		switch {
		case err == nil:
			return c, nil
		case errors.Is(err, client.ErrStateLocked):
			continue
		case unwritable(err):
			warn(fmt.Sprintf("nothing is kept for the next time: %v", err))
			options.State = new(client.MemoryState)
			return client.New(options)
		}
		return nil, err
	}
	return nil, fmt.Errorf("%d chats of this user are running: %w", maxDevices, client.ErrStateLocked)
}

func (h home) device(n int, fresh bool) client.State {
	var state client.State = client.NewFileState(filepath.Join(string(h), strconv.Itoa(n)+".json"))
	if fresh {
		state = proofless{state}
	}
	return state
}

// proofless hides the token and the tickets of earlier logins, so that a password given by the
// user is the one that counts.
type proofless struct{ client.State }

// Load implements client.State.
func (t proofless) Load() (client.Snapshot, error) {
	s, err := t.State.Load()
	s.Token, s.Tickets = nil, nil
	return s, err
}

// unwritable reports whether the folder is what stands in the way.
func unwritable(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path)
}
