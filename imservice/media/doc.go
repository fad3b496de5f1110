// Package media keeps what is too large for messages: pictures, sound, files. A
// message has a msgdef.Media in its body, and whoever may read the message may
// read the media.
//
//	SDK ──GetMediaToken──▶ gate ─▶ route ─▶ message service: Signer.Token
//	 ├───POST, HEAD, PATCH with the token──▶ web ──▶ staging ──whole──▶ picture ──▶ Store
//	 │                                                                    └────▶ Book.AddMedia
//	 ├───Send with the id──▶ … ──▶ sequencer: the message carries the media from its commit on
//	 ├───GetMediaLinks──▶ … ──▶ message service: may they read the message? Signer.Link
//	 └───GET of the link──▶ web ──▶ Store
//
// The parts:
//
//	store.go   Store: bytes under ids; disk and s3 are the two there are, mediatest
//	           is the suite that both pass
//	sign.go    Signer: tokens and links, which anybody with the key can check
//	book.go    Book: what the message service knows of media, and when they go
//	picture    what media are, by their content, and thumbnails
//	web        the server of uploads and downloads
//
// The package imports msgdef. It decides nothing about conversations: the message
// service does, when it makes a link or commits a message.
package media
