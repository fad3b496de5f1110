// Package s3 is the media.Store in a bucket of an S3-compatible service. Several
// message services may share it.
//
// A place is a URL:
//
//	s3://BUCKET[/PREFIX]?endpoint=https://HOST[:PORT]&region=NAME
//
// The bucket is there already; its region is asked for when it is not given. The
// keys are never in the URL: they are in the environment as
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the file of
// AWS_SHARED_CREDENTIALS_FILE, or what the machine's role gives.
package s3
