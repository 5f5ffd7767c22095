package waygate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// wireKey is the idempotency key as the provider sees it: derived, so that
// tenants with the same key don't meet, and without any key of ours, so that it
// is the same in every process. It is empty where none is sent.
func (r *run) wireKey(req *http.Request) string {
	key := r.spec.opts.idempotencyKey
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return ""
	}
	if key == "" {
		return ""
	}
	parts := []string{r.spec.tenant, r.link.info.ID, r.action.fullID, key, strconv.Itoa(r.page())}
	if r.action.http == nil {
		parts = append(parts, r.requestName(req))
	}
	hash := sha256.New()
	for _, part := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		hash.Write(size[:])
		hash.Write([]byte(part))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// requestName tells the requests of one action in Go apart: by method, URL and
// body, and equal ones by their number. It doesn't depend on what else the
// action sends, nor on the order of different requests.
func (r *run) requestName(req *http.Request) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s\n", req.Method, req.URL)
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			_, _ = io.Copy(hash, body)
			_ = body.Close()
		}
	}
	name := hex.EncodeToString(hash.Sum(nil))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.repeats == nil {
		r.repeats = map[string]int{}
	}
	r.repeats[name]++
	return name + strconv.Itoa(r.repeats[name])
}
