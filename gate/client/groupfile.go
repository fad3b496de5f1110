package client

import (
	"encoding/hex"

	"github.com/sim-im/sim/msgdef"
)

// groupFile is the layout of how far a big group was handed over.
type groupFile struct {
	Conv   string `json:"conv"` // 32 hexadecimal digits
	Cursor uint64 `json:"cursor,string"`
}

func groupsToFile(list []TopicState) (files []groupFile) {
	for i := range list {
		files = append(files, groupFile{Conv: hex.EncodeToString(list[i].Conv[:]), Cursor: list[i].Cursor})
	}
	return files
}

// groupsFromFile leaves out what names no group.
func groupsFromFile(files []groupFile) (list []TopicState) {
	for _, f := range files[:min(len(files), maxTopics)] {
		name, err := hex.DecodeString(f.Conv)
		if err != nil || len(name) != len(msgdef.Conversation{}) {
			continue
		}
		list = append(list, TopicState{Conv: msgdef.Conversation(name), Cursor: f.Cursor})
	}
	return list
}
