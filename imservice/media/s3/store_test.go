package s3_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/mediatest"
	"github.com/sim-im/sim/imservice/media/s3"
)

// service is an S3-compatible one over loopback with one bucket.
func service(t *testing.T) (endpoint string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	return server.URL
}

func open(t *testing.T, url string) media.Store {
	t.Helper()
	place, err := s3.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := s3.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	for name, path := range map[string]string{"bucket": "", "prefix": "/some/where/"} {
		t.Run(name, func(t *testing.T) {
			url := "s3://bucket" + path + "?region=us-east-1&endpoint=" + service(t)
			mediatest.Run(t, func(t *testing.T) media.Store { return open(t, url) })
		})
	}
}

func TestHealth(t *testing.T) {
	endpoint := service(t)
	if err := open(t, "s3://other?region=us-east-1&endpoint="+endpoint).Health(t.Context()); err == nil {
		t.Error("a bucket that is not there is healthy")
	}
	if err := open(t, "s3://bucket?region=us-east-1&endpoint=http://127.0.0.1:1").Health(t.Context()); err == nil {
		t.Error("a service that is not there is healthy")
	}
}

func TestParse(t *testing.T) {
	p, err := s3.Parse("s3://media.example/a/b/?endpoint=https://s3.example.com:9000&region=east")
	if want := (s3.Place{Bucket: "media.example", Prefix: "a/b/", Host: "s3.example.com:9000", Region: "east"}); err != nil || p != want {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = s3.Parse("http://key:secret@bucket?endpoint=ftp://x&colour=red")
	for _, want := range []string{"s3://bucket", "AWS_SECRET_ACCESS_KEY", "colour", "endpoint"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing of %s in: %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "secret@") {
		t.Error("the secret is repeated:", err)
	}
}
