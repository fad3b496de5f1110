package rpc

import "github.com/sim-im/sim/msgdef"

// MediaTokenQuery asks for a token on behalf of a user, see msgdef.GetMediaToken.
//
//msgdef:struct
type MediaTokenQuery struct {
	UID uint64
}

// MediaTokenReply answers MediaTokenQuery, see msgdef.MediaToken.
//
//msgdef:struct
type MediaTokenReply struct {
	URL     string `max:"512"`
	Token   []byte `max:"128" secret:"true"`
	Expires int64
	Most    uint64
}

// MediaLinksQuery asks for links on behalf of a user, see msgdef.GetMediaLinks.
//
//msgdef:struct
type MediaLinksQuery struct {
	UID  uint64
	Refs []msgdef.MediaRef `max:"32"`
}

// MediaLinksReply answers MediaLinksQuery, in the order of its Refs.
//
//msgdef:struct
type MediaLinksReply struct {
	Expires int64
	List    []msgdef.MediaLink `max:"32"`
}
