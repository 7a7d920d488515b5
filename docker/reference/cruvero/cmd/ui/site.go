package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"slipway.example/cruvero/internal/problem"
)

const (
	// hashedFolder is where the build puts files whose names change with their content.
	hashedFolder = "assets/"
	indexFile    = "index.html"
	// smallestGzip is the size under which compressing does not pay.
	smallestGzip = 1024
)

// contentTypes is a list of our own: the system's one differs from host to host.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".gif":         "image/gif",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

// asset is one file, ready to send.
type asset struct {
	content     []byte
	gzipped     []byte
	contentType string
	cache       string
	etag        string
}

// site is the frontend in memory. Nothing is read or compressed while it serves.
type site struct {
	assets map[string]asset
}

var errNotBuilt = errors.New("this binary holds no frontend: put the output of web/ (index.html and assets/) into cmd/ui/static before compiling")

func newSite(files fs.FS) (*site, error) {
	made := &site{assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Base(name) == ".gitkeep" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		made.assets[name], err = newAsset(name, content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("embedded frontend: %w", err)
	}
	if _, built := made.assets[indexFile]; !built {
		return nil, errNotBuilt
	}
	return made, nil
}

func newAsset(name string, content []byte) (asset, error) {
	sum := sha256.Sum256(content)
	made := asset{content: content, contentType: contentTypes[path.Ext(name)], cache: "no-cache", etag: hex.EncodeToString(sum[:8])}
	if made.contentType == "" {
		made.contentType = "application/octet-stream"
	}
	if strings.HasPrefix(name, hashedFolder) {
		made.cache = "public, max-age=31536000, immutable"
	}
	isText := strings.HasPrefix(made.contentType, "text/") || strings.Contains(made.contentType, "json") || path.Ext(name) == ".svg"
	if !isText || len(content) < smallestGzip {
		return made, nil
	}
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return made, err
	}
	if _, err := writer.Write(content); err != nil {
		return made, err
	}
	if err := writer.Close(); err != nil {
		return made, err
	}
	made.gzipped = packed.Bytes()
	return made, nil
}

// ServeHTTP answers with the file of that name, or with the page for a path that the frontend routes itself.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, http.StatusMethodNotAllowed, "only GET and HEAD are served here")
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	found, known := s.assets[name]
	if !known {
		// A missing file must be a 404: a page in place of a script only gives a puzzling error in the browser.
		if strings.HasPrefix(name, hashedFolder) || path.Ext(name) != "" {
			problem.Write(w, http.StatusNotFound, "there is no such file")
			return
		}
		found = s.assets[indexFile]
	}
	send(w, r, found)
}

func send(w http.ResponseWriter, r *http.Request, found asset) {
	header := w.Header()
	header.Set("Content-Type", found.contentType)
	header.Set("Cache-Control", found.cache)
	content, etag := found.content, found.etag
	if found.gzipped != nil {
		header.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			header.Set("Content-Encoding", "gzip")
			content, etag = found.gzipped, etag+"-gzip"
		}
	}
	header.Set("ETag", `"`+etag+`"`)
	// Files in a binary have no time; ServeContent leaves it out and goes by the ETag.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func acceptsGzip(accepted string) bool {
	for _, entry := range strings.Split(accepted, ",") {
		name, parameters, _ := strings.Cut(entry, ";")
		if strings.TrimSpace(name) == "gzip" {
			weight := strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(parameters), "q="), "0.")
			return parameters == "" || weight != ""
		}
	}
	return false
}
