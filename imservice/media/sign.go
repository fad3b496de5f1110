package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// How long what is signed holds, when nobody says.
const (
	tokenLife = 15 * time.Minute
	linkLife  = 10 * time.Minute
)

// MinKey is the least length of a key in bytes.
const MinKey = 32

// ErrSignature says that a token or a link was not made with this key, or not for
// this, or holds no more.
var ErrSignature = errors.New("media: not signed here, or expired")

// Signer makes tokens for uploads and links to media. Both are proofs by
// themselves: who serves them needs the key only.
//
//	token  base64url of
//	0        8  user id
//	8        8  expires, Unix milliseconds
//	16      32  HMAC-SHA-256 of "sim media token" and the 16 bytes before
//
//	link   URL/media/ID?expires=MILLISECONDS&sign=base64url of
//	0       32  HMAC-SHA-256 of "sim media link", the 16 bytes of the id, and expires
type Signer struct {
	Key  []byte // MinKey bytes at least; those that serve one URL have the same
	URL  string // where clients reach the server, http or https, without a slash at the end
	Most int64  // bytes that a file has at most

	TokenLife time.Duration // 0 means 15 min
	LinkLife  time.Duration // 0 means 10 min
}

// Validate lists everything that is wrong.
func (s *Signer) Validate() error {
	var errs []error
	if len(s.Key) < MinKey {
		errs = append(errs, fmt.Errorf("media: a key of %d bytes; %d at least", len(s.Key), MinKey))
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || len(s.URL) > maxURL {
		errs = append(errs, fmt.Errorf("media: %q is not a URL like https://media.example.com", s.URL))
	}
	return errors.Join(errs...)
}

// maxURL leaves room for path and signature, see msgdef.MediaLink.
const maxURL = 400

// The paths of a server.
const (
	UploadsPath = "/uploads/"
	MediaPath   = "/media/"
)

// UploadsURL is where uploads are created.
func (s *Signer) UploadsURL() string { return strings.TrimSuffix(s.URL, "/") + UploadsPath }

// Token lets a user upload.
func (s *Signer) Token(uid uint64, now time.Time) (token []byte, expires time.Time) {
	expires = now.Add(or(s.TokenLife, tokenLife))
	raw := binary.BigEndian.AppendUint64(nil, uid)
	raw = binary.BigEndian.AppendUint64(raw, uint64(expires.UnixMilli()))
	raw = s.mac(raw, "sim media token", raw)
	return base64.RawURLEncoding.AppendEncode(nil, raw), expires
}

// CheckToken returns who a token is of, or ErrSignature.
func (s *Signer) CheckToken(token string, now time.Time) (uid uint64, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 8+8+sha256.Size {
		return 0, ErrSignature
	}
	if !hmac.Equal(raw[16:], s.mac(nil, "sim media token", raw[:16])) || ended(int64(binary.BigEndian.Uint64(raw[8:])), now) {
		return 0, ErrSignature
	}
	return binary.BigEndian.Uint64(raw), nil
}

// LinkEnd is until when a link holds that is made now.
func (s *Signer) LinkEnd(now time.Time) time.Time { return now.Add(or(s.LinkLife, linkLife)) }

// Link is where a part of media can be read.
func (s *Signer) Link(id ID, part Part, now time.Time) string {
	expires := s.LinkEnd(now).UnixMilli()
	sign := base64.RawURLEncoding.EncodeToString(s.linkMAC(id, expires))
	name := Name(id, Whole)
	if part == Thumbnail {
		name += thumbnailPath
	}
	return strings.TrimSuffix(s.URL, "/") + MediaPath + name + "?expires=" + strconv.FormatInt(expires, 10) + "&sign=" + sign
}

// thumbnailPath is what the path of a thumbnail ends with.
const thumbnailPath = "/thumbnail"

// CheckLink returns what a link is to, by its path below MediaPath and its query,
// and until when; or ErrSignature.
func (s *Signer) CheckLink(path string, query url.Values, now time.Time) (id ID, part Part, until time.Time, err error) {
	name, thumbnail := strings.CutSuffix(path, thumbnailPath)
	if thumbnail {
		part = Thumbnail
	}
	id, ok := ParseID(name)
	expires, errExpires := strconv.ParseInt(query.Get("expires"), 10, 64)
	sign, errSign := base64.RawURLEncoding.Strict().DecodeString(query.Get("sign"))
	if !ok || errExpires != nil || errSign != nil || !hmac.Equal(sign, s.linkMAC(id, expires)) || ended(expires, now) {
		return ID{}, "", until, ErrSignature
	}
	return id, part, time.UnixMilli(expires), nil
}

func (s *Signer) linkMAC(id ID, expires int64) []byte {
	return s.mac(nil, "sim media link", binary.BigEndian.AppendUint64(id[:len(id):len(id)], uint64(expires)))
}

// mac appends the code of bytes that are used for something.
func (s *Signer) mac(dst []byte, use string, bytes []byte) []byte {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte(use))
	h.Write(bytes)
	return h.Sum(dst)
}

// ended tells whether a moment in Unix milliseconds is over.
func ended(expires int64, now time.Time) bool { return now.UnixMilli() >= expires }

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
