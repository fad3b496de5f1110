package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Place is what a URL says.
type Place struct {
	Bucket, Prefix string // a prefix ends with a slash, or is empty
	Host           string // of the service
	Plain          bool   // http, for this machine and trusted networks
	Region         string // may be empty
}

// Parse reads a URL, and lists everything that is wrong with it.
func Parse(text string) (p Place, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return p, errors.New("media: not a URL like s3://bucket?endpoint=https://host")
	}
	var errs []error
	if u.Scheme != "s3" || u.Host == "" || u.Port() != "" || u.Fragment != "" {
		errs = append(errs, errors.New("media: not a URL like s3://bucket?endpoint=https://host"))
	}
	if u.User != nil {
		errs = append(errs, errors.New("media: keys are not in the URL: put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a file that AWS_SHARED_CREDENTIALS_FILE names"))
	}
	query := u.Query()
	for key := range query {
		if key != "endpoint" && key != "region" {
			errs = append(errs, fmt.Errorf("media: %s is no setting of s3: endpoint and region are", key))
		}
	}
	p = Place{Bucket: u.Host, Prefix: prefix(u.Path), Region: query.Get("region")}
	end, err := url.Parse(query.Get("endpoint"))
	if err != nil || end.Host == "" || end.Scheme != "http" && end.Scheme != "https" || end.User != nil || strings.Trim(end.Path, "/") != "" {
		errs = append(errs, fmt.Errorf("media: endpoint %q is not a URL like https://s3.example.com", query.Get("endpoint")))
	} else {
		p.Host, p.Plain = end.Host, end.Scheme == "http"
	}
	return p, errors.Join(errs...)
}

func prefix(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return path + "/"
}
