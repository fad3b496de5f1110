package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// faded is an errand: it drops what a user has of big groups that are dissolved,
// which wrote nothing to all who were in them. Whoever comes across such a row
// passes it by. It may be dropped twice, or not at all.
type faded struct {
	uid   uint64
	convs []msgdef.Conversation
}

// mostFaded is how many groups are dropped at once at most.
const mostFaded = 256

// dropFaded has rows of a user dropped, if there is room for that.
func (s *Server) dropFaded(uid uint64, convs []msgdef.Conversation) {
	if len(convs) > 0 && s.writable() == nil {
		f := &faded{uid: uid, convs: convs[:min(len(convs), mostFaded)]}
		_ = s.intake.offerErrand(f, len(f.convs)) // when it is busy, whoever comes next will do it
	}
}

// about tells of no conversation: nobody changes one that is dissolved.
func (f *faded) about(*store.Ground) {}

func (f *faded) join(_ *sequencer, b *batch) error {
	for _, conv := range f.convs {
		b.commit.Talks = append(b.commit.Talks, store.TalkRow{UID: f.uid, Conv: conv, Gone: true})
		b.commit.Members = append(b.commit.Members, store.MemberRow{Conv: conv, GroupMember: msgdef.GroupMember{UID: f.uid}})
	}
	return nil
}

func (f *faded) end(msgdef.ErrorCode) {}
