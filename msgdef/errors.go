package msgdef

// ErrorCode is the stable number of an error on every wire. Codes are never
// renumbered; a client that does not know one treats it by its hundred.
type ErrorCode uint16

// 1xx: the peer broke the protocol; the session closes.
// 2xx: the login was refused; the session closes.
// 3xx: the request was refused; repeating it as it is does not help.
// 4xx: not now; repeat after RetryAfter.
const (
	CodeOK ErrorCode = 0

	CodeMalformed  ErrorCode = 100 // bytes that no encoder writes
	CodeUnexpected ErrorCode = 101 // a frame this state or direction does not allow
	CodeTooLarge   ErrorCode = 102 // a frame above the limit
	CodeVersion    ErrorCode = 103 // protocol version not spoken here: upgrade required
	CodeSuite      ErrorCode = 104 // cipher suite not admitted here
	CodeCodec      ErrorCode = 105 // codec not spoken here
	CodeDowngrade  ErrorCode = 106 // both sides could have done better: somebody is in between

	CodeBadCredentials ErrorCode = 200 // wrong account, password or token
	CodeTokenExpired   ErrorCode = 201
	CodeBadAccount     ErrorCode = 202 // a name that cannot be an account
	CodeBadDevice      ErrorCode = 203 // device 0
	CodeReplaced       ErrorCode = 204 // the same device logged in elsewhere
	CodeBanned         ErrorCode = 205
	CodeUpgrade        ErrorCode = 206 // this app version is no longer served
	CodeRevoked        ErrorCode = 207 // the account's sessions and tokens were ended: log in anew
	CodeTokenReused    ErrorCode = 208 // a token that had been exchanged was shown again: it, and what came of it, holds no more
	CodeOtherDevice    ErrorCode = 209 // another device took the place, by the policy of the installation

	CodeUnknownUser         ErrorCode = 300
	CodeUnknownConversation ErrorCode = 301
	CodeForbidden           ErrorCode = 302
	CodeBodyTooLong         ErrorCode = 303
	CodeConflict            ErrorCode = 304 // the same client message id with other content
	CodeUnknownType         ErrorCode = 305 // no service claims this frame type
	CodeBadArgument         ErrorCode = 306
	CodeWrongPassword       ErrorCode = 307 // the old one, in a change of it
	CodeWeakPassword        ErrorCode = 308 // a new one that is too short, too long or no text
	CodeSamePassword        ErrorCode = 309 // a new one that is the old one
	CodeMuted               ErrorCode = 310 // may not write here now
	CodeGroupFull           ErrorCode = 311 // the group has as many members as it may
	CodeGroupExists         ErrorCode = 312 // another group has this id
	CodeTooLate             ErrorCode = 313 // the message can no longer be changed, or is too old to be sent again
	CodeManyLaters          ErrorCode = 320 // as much waits to be sent as may
	CodeLaterTime           ErrorCode = 321 // a time that is too far away
	CodeUnknownLater        ErrorCode = 322 // nothing with this name waits to be sent: it was sent, or taken back
	CodeBadCursor           ErrorCode = 323 // not a cursor of an export of this user at this store
	CodeExportOver          ErrorCode = 324 // the export was begun too long ago to go on: begin another
	CodeUnknownMedia        ErrorCode = 340 // no media with this id that the user may read
	CodeMediaDiffers        ErrorCode = 341 // a message says of its media what is not so
	CodeNoMedia             ErrorCode = 342 // this installation keeps no media

	CodeManyExports ErrorCode = 339 // the user has begun as many exports of late as they may

	CodeManyWatched ErrorCode = 336 // the session watches the presence of as many users as it may

	CodeManyDeleted ErrorCode = 330 // the user has deleted as many single messages of the conversation as they may: clear it

	CodeUnwelcome     ErrorCode = 331 // the other one takes nothing of this kind from the user
	CodeNoRequest     ErrorCode = 332 // a change of a friendship that does not fit what the two are to each other
	CodeManyRelations ErrorCode = 333 // one of the two has as many friends, requests or blocks as they may
	CodeAskedLately   ErrorCode = 334 // the other one was asked not long ago: not yet again
	CodeBadProfile    ErrorCode = 335 // a profile that others cannot read

	CodeDeleted     ErrorCode = 337 // the account was deleted, by its user or an operator: its sessions and logins ended for good
	CodeUserDeleted ErrorCode = 338 // somebody whom it is for has no account any more: it was deleted

	CodeBusy         ErrorCode = 400 // over a rate or a queue's bound
	CodeUnavailable  ErrorCode = 401 // a part of the system does not answer
	CodeStoreFull    ErrorCode = 402 // the store takes no more writes
	CodeShuttingDown ErrorCode = 403
	CodeTimeout      ErrorCode = 404 // the deadline passed; whether it was done is not known
)
