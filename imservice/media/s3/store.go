package s3

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sim-im/sim/imservice/media"
)

// Store is a bucket, or what is in it under a prefix.
type Store struct {
	client *minio.Client
	place  Place
}

var _ media.Store = (*Store)(nil)

// Open returns a bucket. It does not connect yet.
func Open(place Place) (*Store, error) {
	client, err := minio.New(place.Host, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.EnvMinio{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
		}),
		Secure: !place.Plain, Region: place.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return &Store{client: client, place: place}, nil
}

func (s *Store) key(name string) string { return s.place.Prefix + name }

// Put implements media.Store. What is large goes in parts, of which nothing is seen
// before the last. Each part is checked by its MD5, which every service knows,
// where checksums of newer kinds are not everywhere.
func (s *Store) Put(ctx context.Context, name string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	_, err = s.client.PutObject(ctx, s.place.Bucket, s.key(name), io.NewSectionReader(file, 0, info.Size()), info.Size(),
		minio.PutObjectOptions{ContentType: "application/octet-stream", SendContentMd5: true, DisableContentSha256: true})
	return s.explain(err)
}

// Open implements media.Store. Each seek that is read from asks for the rest anew.
func (s *Store) Open(ctx context.Context, name string) (media.Content, error) {
	object, err := s.client.GetObject(ctx, s.place.Bucket, s.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, s.explain(err)
	}
	info, err := object.Stat()
	if err != nil {
		_ = object.Close() // of what could not be read
		return nil, s.explain(err)
	}
	return content{object, info.Size}, nil
}

// content is an object of a size.
type content struct {
	*minio.Object
	size int64
}

// Size implements media.Content.
func (c content) Size() int64 { return c.size }

// Delete implements media.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	return s.explain(s.client.RemoveObject(ctx, s.place.Bucket, s.key(name), minio.RemoveObjectOptions{}))
}

// Health implements media.Store.
func (s *Store) Health(ctx context.Context) error {
	there, err := s.client.BucketExists(ctx, s.place.Bucket)
	if err == nil && !there {
		return fmt.Errorf("media: %s has no bucket %s that these keys may see", s.place.Host, s.place.Bucket)
	}
	return s.explain(err)
}

// explain names the reason of a call that failed.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchKey:
		return fmt.Errorf("%w: %w", media.ErrNotFound, err)
	case answer.StatusCode == http.StatusInsufficientStorage, answer.Code == "XMinioStorageFull", answer.Code == "QuotaExceeded":
		return fmt.Errorf("%w: %w", media.ErrFull, err)
	}
	return fmt.Errorf("media: %s/%s: %w", s.place.Host, s.place.Bucket, err)
}
