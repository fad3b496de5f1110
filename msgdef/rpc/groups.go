package rpc

import "github.com/sim-im/sim/msgdef"

// GroupsQuery asks for groups on behalf of a user, see msgdef.GetGroups.
//
//msgdef:struct
type GroupsQuery struct {
	UID   uint64
	Convs [][16]byte `max:"100"`
}

// GroupSearch asks for listed groups, see msgdef.FindGroups.
//
//msgdef:struct
type GroupSearch struct {
	UID    uint64
	Prefix string `max:"128"`
	After  string `max:"512"`
	Limit  uint16
}

// GroupsReply answers GroupsQuery and GroupSearch.
//
//msgdef:struct
type GroupsReply struct {
	Next string         `max:"512"`
	List []msgdef.Group `max:"100"`
}

// MembersQuery asks for members of a group, see msgdef.GetMembers.
//
//msgdef:struct
type MembersQuery struct {
	UID   uint64
	Conv  [16]byte
	After uint64
	Limit uint16
	Bare  bool `gen:"2"` // UIDs answers, of members only, whoever asks; at most 16384
}

// MembersReply answers MembersQuery.
//
//msgdef:struct
type MembersReply struct {
	More bool                 // there are more to ask for
	List []msgdef.GroupMember `max:"500"`
	UIDs []uint64             `max:"16384" gen:"2"` // of a Bare query, in the place of List
}

// TalksQuery asks for a user's conversations, see msgdef.GetConversations.
//
//msgdef:struct
type TalksQuery struct {
	UID   uint64
	After [16]byte
	Limit uint16
}

// TalksReply answers TalksQuery.
//
//msgdef:struct
type TalksReply struct {
	More bool // there are more to ask for
	Head uint64
	List []msgdef.Talk `max:"128"`
}

// Watch is a user who wants the messages of a big group, see msgdef.Watch.
//
//msgdef:struct
type Watch struct {
	UID  uint64
	Conv [16]byte
}

// Watches is a batch of Watch.
//
//msgdef:struct
type Watches struct {
	Items []Watch `max:"4096"`
}

// WatchReply says whether a user may, as of a change of the group.
//
//msgdef:struct
type WatchReply struct {
	Code msgdef.ErrorCode // see msgdef.Watched
	Head uint64           // cseq of the newest durable message
	Gone uint64           // see Topic, as of Head or later
}

// WatchReplies answers Watches.
//
//msgdef:struct
type WatchReplies struct {
	StoreEpoch uint64
	Items      []WatchReply `max:"4096"`
}

// ConvHeadsQuery names big groups.
//
//msgdef:struct
type ConvHeadsQuery struct {
	Convs [][16]byte `max:"4096"`
}

// ConvHeadsReply holds a head for each conversation of the query.
//
//msgdef:struct
type ConvHeadsReply struct {
	StoreEpoch uint64
	Items      []TopicHead `max:"4096"`
}

// TopicHead is where a big group ends; zero when there is no such group.
//
//msgdef:struct
type TopicHead struct {
	CSeq uint64 // of the newest durable message
	Gone uint64 // see Topic, as of CSeq or later
}
