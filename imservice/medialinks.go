package imservice

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxMediaRefs is how many links are asked for at once, see msgdef.
const maxMediaRefs = 32

var errNoMedia = &rpc.Error{Code: msgdef.CodeNoMedia, Detail: "this installation keeps no media"}

// MediaToken implements rpc.Media.
func (s *Server) MediaToken(ctx context.Context, query *rpc.MediaTokenQuery) (*rpc.MediaTokenReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	signer := s.options.Media
	if signer == nil {
		return nil, errNoMedia
	}
	if _, err := s.heads.users.durable(query.UID); err != nil {
		return nil, s.failure(err)
	}
	token, expires := signer.Token(query.UID, s.options.Now())
	return &rpc.MediaTokenReply{URL: signer.UploadsURL(), Token: token, Expires: expires.UnixMilli(), Most: uint64(signer.Most)}, nil
}

// MediaLinks implements rpc.Media. Access is judged now: who is no member any more
// gets no link, and those that they have end within minutes.
func (s *Server) MediaLinks(ctx context.Context, query *rpc.MediaLinksQuery) (*rpc.MediaLinksReply, error) {
	if err := s.enter(ctx, len(query.Refs), maxMediaRefs); err != nil {
		return nil, err
	}
	defer s.leave()
	signer, now := s.options.Media, s.options.Now()
	if signer == nil {
		return nil, errNoMedia
	}
	reply := &rpc.MediaLinksReply{Expires: signer.LinkEnd(now).UnixMilli()}
	for _, ref := range query.Refs {
		if ctx.Err() != nil {
			return nil, errDeadline
		}
		link, err := s.mediaLink(query.UID, ref, now)
		if err != nil {
			return nil, s.failure(err)
		}
		reply.List = append(reply.List, link)
	}
	return reply, nil
}

// mediaLink makes one, or says why not.
func (s *Server) mediaLink(uid uint64, ref msgdef.MediaRef, now time.Time) (link msgdef.MediaLink, err error) {
	link.ID = ref.ID
	if link.Code, err = s.reachesMedia(uid, ref); err != nil || link.Code != msgdef.CodeOK {
		return link, err
	}
	info, err := s.options.Store.Media(ref.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && ref.Conv == (msgdef.Conversation{}) && info.Owner != uid {
		link.Code = msgdef.CodeUnknownMedia
		return link, nil
	}
	if err != nil {
		return link, err
	}
	link.Type, link.Bytes = info.Type, info.Bytes
	link.URL = s.options.Media.Link(ref.ID, media.Whole, now)
	if info.Larger > 0 {
		link.Thumbnail = s.options.Media.Link(ref.ID, media.Thumbnail, now)
	}
	return link, nil
}

// reachesMedia tells whether somebody may read the message that is to carry media,
// and whether it does. Of no message it says CodeOK.
func (s *Server) reachesMedia(uid uint64, ref msgdef.MediaRef) (msgdef.ErrorCode, error) {
	if ref.Conv == (msgdef.Conversation{}) {
		return msgdef.CodeOK, nil
	}
	if owner, ok := msgdef.StreamOwner(ref.Conv); ok {
		return s.reachesAvatar(owner, ref)
	}
	since, code, err := s.reader(ref.Conv, uid)
	if err != nil || code != msgdef.CodeOK {
		return code, err
	}
	head, err := s.heads.conversations.durable(ref.Conv)
	if err != nil || ref.CSeq < since || ref.CSeq > head {
		return msgdef.CodeUnknownMedia, err
	}
	m, err := message(s.options.Store, ref.Conv, ref.CSeq)
	if errors.Is(err, store.ErrNotFound) {
		return msgdef.CodeUnknownMedia, nil
	}
	if err != nil {
		return 0, err
	}
	in, bad := mediaIn(m.Kind, m.Body)
	if bad == nil && in != nil && in.ID == ref.ID && !over(&m, s.options.Now().UnixMilli()) {
		return msgdef.CodeOK, nil
	}
	return msgdef.CodeUnknownMedia, nil
}
