package auth

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxBody bounds the body that a scheme changes or signs.
const maxBody = 10 << 20

// setBody puts name and value into the body of r, in place of what it may hold
// under that name. why is empty on success. The error of a JSON reader is not
// given as a cause, for it may quote a body that was signed before.
func setBody(r *http.Request, name, value string) (why string, cause error) {
	kind := bodyKind(r.Header)
	switch {
	case kind == "multipart":
		return "a multipart body can't carry it; send the key elsewhere, or give the action a JSON or form body", nil
	case kind == "":
		return "the body is neither JSON nor a form; give the action a JSON or form body, or send the key elsewhere", nil
	case r.Header.Get("Content-Encoding") != "":
		return "the body is compressed already; sign before compressing", nil
	}
	old, why, cause := readBody(r)
	if why != "" {
		return why, cause
	}
	var changed []byte
	if kind == "form" {
		changed = []byte(setPair(string(old), name, value))
	} else {
		var ok bool
		if changed, ok = setMember(old, name, value); !ok {
			return "the body is not a JSON object; give the action one, or send the key elsewhere", nil
		}
	}
	if r.Body != nil {
		// Nothing that could still fail depends on the old body.
		_ = r.Body.Close()
	}
	replaceBody(r, changed)
	return "", nil
}

// bodyKind is "json", "form", "multipart" or "" for all else.
func bodyKind(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err != nil:
		return ""
	case media == "application/json", strings.HasSuffix(media, "+json"):
		return "json"
	case media == "application/x-www-form-urlencoded":
		return "form"
	case strings.HasPrefix(media, "multipart/"):
		return "multipart"
	}
	return ""
}

// readBody gives the bytes of the body, from GetBody where there is one, so that
// r.Body stays unread.
func readBody(r *http.Request) (body []byte, why string, cause error) {
	from := r.Body
	if r.GetBody != nil {
		again, err := r.GetBody()
		if err != nil {
			return nil, "the body can't be read again; give one that can, or send the key elsewhere", err
		}
		if again != nil {
			// It is a second reader of a body that lives elsewhere.
			defer func() { _ = again.Close() }()
		}
		from = again
	}
	if from == nil {
		return nil, "", nil
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err != nil {
		return nil, "the body can't be read", err
	}
	if len(body) > maxBody {
		return nil, "the body has more than 10 MiB, which is more than a scheme reads; send less, or use a scheme that leaves the body alone", nil
	}
	return body, "", nil
}

// replaceBody gives r a body that can be read again and whose length is known.
func replaceBody(r *http.Request, body []byte) {
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	r.Header.Del("Content-Length")
}

// setMember writes the JSON object again with the one member of that name at its
// end. The other members keep their order and their text. An empty body counts
// as an empty object.
func setMember(object []byte, name, value string) ([]byte, bool) {
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(true))
	// Writing to a buffer fails only on text that is no JSON: one check at the end
	// of each step covers all.
	err := enc.WriteToken(jsontext.BeginObject)
	if len(bytes.TrimSpace(object)) > 0 {
		err = errors.Join(err, copyMembers(enc, object, name))
	}
	err = errors.Join(err,
		enc.WriteToken(jsontext.String(name)),
		enc.WriteToken(jsontext.String(value)),
		enc.WriteToken(jsontext.EndObject))
	if err != nil {
		return nil, false
	}
	return bytes.TrimRight(out.Bytes(), "\n"), true
}

// copyMembers writes the members of object, without those of that name.
func copyMembers(enc *jsontext.Encoder, object []byte, without string) error {
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true))
	if open, err := dec.ReadToken(); err != nil {
		return err
	} else if open.Kind() != '{' {
		return errNoObject
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		same := isString(name, without)
		// ReadValue reuses its buffer.
		if !same {
			if err := enc.WriteValue(name); err != nil {
				return err
			}
		}
		member, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if !same {
			if err := enc.WriteValue(member); err != nil {
				return err
			}
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errNoObject
	}
	return nil
}

var errNoObject = errors.New("auth: not one JSON object")

// isString reports whether the JSON string says s, however it is escaped.
func isString(quoted jsontext.Value, s string) bool {
	plain, err := jsontext.AppendUnquote(nil, quoted)
	return err == nil && string(plain) == s
}
