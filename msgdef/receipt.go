package msgdef

// Read says the user has read the conversation up to CSeq. The SDK repeats it
// until ReadOK confirms that position or a later one.
//
//msgdef:type 0x0110 up reply=ReadOK
type Read struct {
	Conv [16]byte
	CSeq uint64
}

// ReadOK says the position is stored.
//
//msgdef:type 0x0111 down
type ReadOK struct {
	Conv [16]byte
	CSeq uint64
}

// ReadBy tells that a member of the conversation, maybe the user on another
// device, has read up to CSeq. It may be lost; ConvPage has the truth.
//
//msgdef:type 0x0112 down
type ReadBy struct {
	Conv [16]byte
	UID  uint64
	CSeq uint64
}

// DeliveredTo tells that a device of the other one of a pair has everything up to CSeq.
// It may be lost, and never goes back: the greatest counts. ConvPage tells it too.
//
//msgdef:type 0x0122 down
type DeliveredTo struct {
	Conv [16]byte
	UID  uint64 // whose device
	CSeq uint64
}
