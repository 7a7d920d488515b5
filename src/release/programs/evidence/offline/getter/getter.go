// Package getter stands where syft and grype would download from the web, Git, S3 and Google's cloud. Everything that they
// read here is a file that they are given, so nothing can be fetched, and the clients of those clouds are not compiled.
package getter

import (
	"errors"
	"io"
	"net/http"
	"os"
)

// ErrOffline is the answer to every download.
var ErrOffline = errors.New("this build downloads nothing: hand in a file")

// Getter is a way to download.
type Getter any

// HttpGetter downloads over HTTP, elsewhere.
type HttpGetter struct {
	Client *http.Client
	Header http.Header
}

type (
	// FileGetter copies files, elsewhere.
	FileGetter struct{}
	// GitGetter clones, elsewhere.
	GitGetter struct{}
	// GCSGetter downloads from Google's storage, elsewhere.
	GCSGetter struct{}
	// HgGetter clones with Mercurial, elsewhere.
	HgGetter struct{}
	// S3Getter downloads from S3, elsewhere.
	S3Getter struct{}
)

// ProgressTracker is told how far a download is.
type ProgressTracker interface {
	TrackProgress(source string, currentSize, totalSize int64, stream io.ReadCloser) io.ReadCloser
}

// Decompressor unpacks what was downloaded.
type Decompressor interface {
	Decompress(destination, source string, isDirectory bool, umask os.FileMode) error
}

// Client is a download.
type Client struct {
	Src     string
	Dst     string
	Dir     bool
	Getters map[string]Getter
	Options []ClientOption
}

// ClientOption is an option of a download.
type ClientOption func(*Client) error

// Decompressors are the forms that are unpacked: none.
var Decompressors = map[string]Decompressor{}

// Get refuses to download.
func (c *Client) Get() error { return ErrOffline }

// WithProgress ignores who wants to be told.
func WithProgress(ProgressTracker) func(*Client) error {
	return func(*Client) error { return nil }
}

// WithDecompressors ignores what could be unpacked.
func WithDecompressors(map[string]Decompressor) ClientOption {
	return func(*Client) error { return nil }
}

// LimitedDecompressors gives none.
func LimitedDecompressors(int, int64) map[string]Decompressor {
	return map[string]Decompressor{}
}
