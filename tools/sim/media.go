package main

import (
	"github.com/sim-im/sim/tools/ops"
)

// mediaFlags say where media are kept, and who gets at them.
type mediaFlags struct {
	MediaURL        string     `env:"SIM_MEDIA_URL" name:"media-url" placeholder:"URL" help:"Where clients reach the address of media, like https://media.example.com; the address itself unless given."`
	MediaBucket     string     `env:"SIM_MEDIA_BUCKET" placeholder:"URL" help:"Keep media in a bucket, s3://BUCKET[/PREFIX]?endpoint=https://HOST&region=NAME, instead of in the folder. Its keys are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a file that AWS_SHARED_CREDENTIALS_FILE names."`
	MediaSecret     ops.Secret `env:"SIM_MEDIA_SECRET" placeholder:"TEXT" help:"Signs what lets users at media, 32 bytes at least; the same where several serve one URL. Drawn anew with each start unless given."`
	MediaSecretFile string     `env:"SIM_MEDIA_SECRET_FILE" placeholder:"FILE" help:"File with this secret on its first line."`
	MediaMax        byteSize   `default:"100MiB" env:"SIM_MEDIA_MAX" placeholder:"SIZE" help:"Largest file that users may send."`
	MediaType       []string   `env:"SIM_MEDIA_TYPE" placeholder:"PATTERN" help:"Type of files that users may send, by their content, like image/png or video/*; may be given several times. Pictures, sound, videos and documents unless given."`
}

// media are the options of media at an address, with a folder. The error lists mistakes.
func (f mediaFlags) media(listen, dir string) (ops.MediaOptions, error) {
	secret, err := ops.FromFile("media-secret", f.MediaSecret, f.MediaSecretFile)
	return ops.MediaOptions{
		Listen: listen, URL: f.MediaURL, Dir: dir, Bucket: f.MediaBucket, Secret: secret, Most: int64(f.MediaMax), Types: f.MediaType,
	}, err
}
