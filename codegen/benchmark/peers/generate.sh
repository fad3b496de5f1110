#!/usr/bin/env bash
# Writes the code of every peer anew, by the tools that go.mod names. Needs
# protoc and flatc (Debian: protobuf-compiler, flatbuffers-compiler); the results
# are committed, so that measuring needs neither.
set -euo pipefail
cd "$(dirname "$0")"
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin" tool
PATH=$bin:$PATH
protoc --go_out=. --go_opt=paths=source_relative pb/chat.proto
protoc --go_out=. --go_opt=paths=source_relative --go-vtproto_out=. --go-vtproto_opt=paths=source_relative \
	--go-vtproto_opt=features=marshal+marshal_strict+unmarshal+unmarshal_unsafe+size vtpb/chat.proto
bebopc-go -i bebop/chat.bop -o bebop/chat.go -package bebop
colf -b . Go colfer/chat.colf
bencgen --in benc/chat.benc --out benc --lang go
msgp -file msgp/chat.go -tests=false -io=false
flatc --go -o . flat/chat.fbs
gofmt -w bebop colfer benc msgp flat
