package rpc

import "github.com/sim-im/sim/msgdef"

// RelationsQuery asks for relations of a user, see msgdef.GetRelations.
//
//msgdef:struct
type RelationsQuery struct {
	UID   uint64
	After uint64
	Limit uint16
}

// RelationsReply answers RelationsQuery.
//
//msgdef:struct
type RelationsReply struct {
	Next uint64            // see msgdef.Relations
	List []msgdef.Relation `max:"500"`
}

// ProfilesQuery asks how users show themselves, see msgdef.GetProfiles.
//
//msgdef:struct
type ProfilesQuery struct {
	UID   uint64   // who asks
	UIDs  []uint64 `max:"100"`
	Known []uint64 `max:"100"`
}

// ProfilesReply answers ProfilesQuery and PeopleSearch.
//
//msgdef:struct
type ProfilesReply struct {
	List []msgdef.UserProfile `max:"100"`
}

// PeopleSearch looks for users, see msgdef.FindPeople.
//
//msgdef:struct
type PeopleSearch struct {
	UID    uint64 // who asks
	Prefix string `max:"256"`
	Limit  uint16
}
