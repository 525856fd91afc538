// Package webui serves the player page, the admin page and the client library from the binary itself.
//
// What is served lies in dist, which is built from the sources beside it and committed, so that the
// program builds with Go alone.
package webui

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// contentTypes are fixed here because the operating system's table differs from machine to machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".map":  "application/json",
	".md":   "text/markdown; charset=utf-8",
	".svg":  "image/svg+xml",
	".ts":   "text/plain; charset=utf-8",
}

// asset is one file, ready to be sent plain or compressed.
type asset struct {
	contentType   string
	plain, zipped []byte
	etag, zipETag string
	policy        string // instead of the pages' own; "" = the pages' own
}

type handler map[string]asset

// Handler serves the built pages, branded: "/" and "/admin/" and every file of dist under its own path. It answers
// GET and HEAD, lists no folder, and may be called concurrently. It panics where an embedded file cannot
// be read, which only a broken build can cause.
func Handler(brand Branding) http.Handler {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(fmt.Errorf("webui: open dist: %w", err))
	}
	assets, err := load(root, brand)
	if err != nil {
		panic(fmt.Errorf("webui: load dist: %w", err))
	}
	maps.Copy(assets, brand.pictures())
	return assets
}

// reportFolder holds what reports are made of: parts, no pages, so that no address leads there.
const reportFolder = "report"

// Report returns the script and the style that a report carries in itself. Neither can end the element that it stands in.
// The caller must not change them. It panics as [Handler] does.
func Report() (script, style []byte) {
	part := func(name string) []byte {
		content, err := dist.ReadFile(path.Join("dist", reportFolder, name))
		if err != nil {
			panic(fmt.Errorf("webui: open a report's part: %w", err))
		}
		return content
	}
	return part("report.js"), part("report.css")
}

func load(root fs.FS, brand Branding) (handler, error) {
	assets := handler{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && name == reportFolder {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".html" {
			content, err = brand.apply(content)
		}
		assets[urlPath(name)] = newAsset(contentType(name), content)
		return err
	})
	return assets, err
}

// urlPath lets an index stand for its folder and hides it under its own name, so that a page has one address.
func urlPath(name string) string {
	return "/" + strings.TrimSuffix(name, "index.html")
}

func newAsset(contentType string, content []byte) asset {
	sum := sha256.Sum256(content)
	tag := hex.EncodeToString(sum[:16])
	return asset{
		contentType: contentType,
		plain:       content,
		zipped:      zip(content),
		etag:        `"` + tag + `"`,
		zipETag:     `"` + tag + `-gzip"`,
	}
}

func contentType(name string) string {
	extension := path.Ext(name)
	if known, ok := contentTypes[extension]; ok {
		return known
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return "application/octet-stream"
}

// zip returns nil where compressing does not pay.
func zip(content []byte) []byte {
	var zipped bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // the level is valid
	_, _ = writer.Write(content)                                    // a bytes.Buffer takes everything
	_ = writer.Close()
	if zipped.Len() >= len(content) {
		return nil
	}
	return zipped.Bytes()
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy(r.Host, allowed(r)))
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	found, ok := h[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	found.serve(w, r)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	body, etag := a.plain, a.etag
	header := w.Header()
	if a.policy != "" {
		header.Set("Content-Security-Policy", a.policy)
	}
	if a.zipped != nil {
		header.Add("Vary", "Accept-Encoding")
		if accepts(r.Header.Get("Accept-Encoding"), "gzip") {
			body, etag = a.zipped, a.zipETag
		}
	}
	header.Set("Cache-Control", "no-cache") // may be kept, must be asked for: a new binary shows at once
	header.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if etag == a.zipETag {
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", a.contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a client that went away needs no answer
	}
}

// policy forbids everything that the pages do not need. What else browsers are told is the door's, for all answers alike.
func policy(host string, others []string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; " +
		"connect-src 'self'" + socketOrigins(host) + strings.Join(append([]string{""}, others...), " ") + "; img-src 'self' data:; frame-ancestors 'none'; " +
		"base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
}

// connectKey is where a request carries the origins that the page may connect to.
type connectKey struct{}

// AllowConnect lets the player page connect to origins beside its own, such as that of an identity provider. origins may be
// called concurrently, and answers differently each time.
func AllowConnect(pages http.Handler, origins func() []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			r = r.WithContext(context.WithValue(r.Context(), connectKey{}, origins()))
		}
		pages.ServeHTTP(w, r)
	})
}

func allowed(r *http.Request) []string {
	origins, _ := r.Context().Value(connectKey{}).([]string)
	return origins
}

// socketOrigins names the WebSocket on this host, which 'self' does not cover in older browsers. A host
// that could end the directive is left out.
func socketOrigins(host string) string {
	isPlain := func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(".:-[]", c)
	}
	if host == "" || strings.ContainsFunc(host, func(c rune) bool { return !isPlain(c) }) {
		return ""
	}
	return " ws://" + host + " wss://" + host
}

// accepts reads Accept-Encoding as far as it matters: named, and not refused with a weight of nothing.
func accepts(header, encoding string) bool {
	for offer := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(offer, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			return !isZeroWeight(parameters)
		}
	}
	return false
}

func isZeroWeight(parameters string) bool {
	value, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
	weight, err := strconv.ParseFloat(value, 64)
	return found && err == nil && weight == 0
}

func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}
