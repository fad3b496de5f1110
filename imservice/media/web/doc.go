// Package web serves media over HTTP.
//
//	POST, HEAD, PATCH, DELETE /uploads/…  tus 1.0: an upload can be cut off anywhere and goes on
//	GET /uploads/ID                       what was found out about an upload that is whole
//	GET, HEAD /media/ID[/thumbnail]?…     what a link lets read, in ranges
//
// Uploads are the work of tusd's handler; this package is its store:
//
//	               ┌──────────────── staging: a folder on this machine ────────────────┐
//	POST ─quotas─▶ │ ID.info, ID ──PATCH, synced──▶ whole ──finish──▶ hash, type, look │ ──▶ media.Store ──▶ Book
//	               └──────────old ones go: sweep───────────────────────────────────────┘
//
// What is finished twice because the process ended between is the same: ids are
// random, and nobody was told of it before.
//
// An upload belongs to who has begun it, and to this machine: it goes on here or
// begins anew. No token and no link is ever logged.
package web
