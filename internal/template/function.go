package template

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"time"
)

// function is one that templates may call.
type function struct {
	name   string
	usage  string // for an error
	min    int    // arguments
	max    int
	digest bool // what it gives is bytes, and text in hexadecimal
	// fits says what is wrong with the arguments, beside their number.
	fits func(*call) string
	run  func(*call, Env, func(Ref) (Value, bool)) ([]byte, error)
}

// functionNamed finds a function.
func functionNamed(name string) (function, bool) {
	switch name {
	case "base64":
		return function{name: name, usage: "base64(text, …)", min: 1, max: maxArguments, run: runBase64}, true
	case "now":
		return function{name: name, usage: "now('unix')", min: 1, max: 1, fits: fitsNow, run: runNow}, true
	case "random":
		return function{name: name, usage: "random(16), the number of bytes from 1 to 64", min: 1, max: 1, fits: fitsRandom, run: runRandom}, true
	case "hmac":
		return function{name: name, usage: "hmac('sha256', key, text, …)", min: 3, max: maxArguments, digest: true, fits: fitsHMAC, run: runHMAC}, true
	case "sha256":
		return function{name: name, usage: "sha256(text, …)", min: 1, max: maxArguments, digest: true, run: runSHA256}, true
	}
	return function{}, false
}

func functionNames() string { return "base64, now, random, hmac and sha256" }

// check says what is wrong with the arguments, "" if nothing is.
func (f function) check(c *call) string {
	if len(c.args) < f.min || len(c.args) > f.max {
		return "takes other arguments: write " + f.usage
	}
	if f.fits != nil {
		return f.fits(c)
	}
	return ""
}

// show is what the function gave, as text.
func (f function) show(b []byte) string {
	if f.digest {
		return hex.EncodeToString(b)
	}
	return string(b)
}

// runBase64 encodes the bytes of a digest that stands alone, else the texts of
// all arguments, one behind the other.
func runBase64(c *call, env Env, lookup func(Ref) (Value, bool)) ([]byte, error) {
	var plain bytes.Buffer
	if len(c.args) == 1 {
		text, err := c.raw(0, env, lookup)
		if err != nil {
			return nil, err
		}
		plain.WriteString(text)
	} else if err := c.writeFrom(0, &plain, env, lookup); err != nil {
		return nil, err
	}
	if plain.Len() > maxBase64Text {
		return nil, c.fault("takes no more than 64 KiB of text")
	}
	return base64.StdEncoding.AppendEncode(nil, plain.Bytes()), nil
}

func runSHA256(c *call, env Env, lookup func(Ref) (Value, bool)) ([]byte, error) {
	h := sha256.New()
	err := c.writeFrom(0, h, env, lookup)
	return h.Sum(nil), err
}

// newHash knows the hashes of hmac by name; nil for others.
func newHash(name string) func() hash.Hash {
	switch name {
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	case "sha384":
		return sha512.New384
	case "sha512":
		return sha512.New
	}
	return nil
}

func fitsHMAC(c *call) string {
	if a := &c.args[0]; !a.isText() || newHash(a.text) == nil {
		return "wants its hash first, in quotes: 'sha256', 'sha1', 'sha384' or 'sha512'"
	}
	return ""
}

func runHMAC(c *call, env Env, lookup func(Ref) (Value, bool)) ([]byte, error) {
	key, err := c.raw(1, env, lookup)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, c.fault("its key is empty")
	}
	h := hmac.New(newHash(c.args[0].text), []byte(key))
	err = c.writeFrom(2, h, env, lookup)
	return h.Sum(nil), err
}

func fitsRandom(c *call) string {
	a := &c.args[0]
	if n, err := strconv.Atoi(a.text); !a.isText() || err != nil || n < 1 || n > maxRandom {
		return "takes other arguments: write " + c.function.usage
	}
	return ""
}

// runRandom gives as many bytes as it was asked for, in hexadecimal.
func runRandom(c *call, env Env, _ func(Ref) (Value, bool)) ([]byte, error) {
	n, _ := strconv.Atoi(c.args[0].text) // checked by fitsRandom
	b := make([]byte, n)
	if env.Random == nil {
		return nil, c.fault("there is no source of randomness here")
	}
	if _, err := io.ReadFull(env.Random, b); err != nil {
		return nil, c.fault("the source of randomness fails")
	}
	return hex.AppendEncode(nil, b), nil
}

// FormatTime writes t in UTC as the function now does: as one of the names unix,
// unix_ms, iso, iso_ms, iso_basic and http, or by a layout of package time. ok is
// false for a text that is neither.
func FormatTime(t time.Time, format string) (text string, ok bool) {
	t = t.UTC()
	switch format {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10), true
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10), true
	case "iso":
		return t.Format("2006-01-02T15:04:05Z"), true
	case "iso_ms":
		return t.Format("2006-01-02T15:04:05.000Z"), true
	case "iso_basic":
		return t.Format("20060102T150405Z"), true
	case "http":
		return t.Format("Mon, 02 Jan 2006 15:04:05 GMT"), true
	}
	// A text that says the same of two times is no layout: a misspelt name, most likely.
	some, other := time.Date(2001, 11, 22, 13, 14, 15, 0, time.UTC), time.Date(2034, 5, 6, 7, 8, 9, 0, time.UTC)
	if some.Format(format) == other.Format(format) {
		return "", false
	}
	return t.Format(format), true
}

func fitsNow(c *call) string {
	a := &c.args[0]
	if _, ok := FormatTime(time.Time{}, a.text); !ok || !a.isText() {
		return "wants a format in quotes: 'unix', 'unix_ms', 'iso', 'iso_ms', 'iso_basic', 'http', or a layout such as '2006-01-02 15:04:05'"
	}
	return ""
}

func runNow(c *call, env Env, _ func(Ref) (Value, bool)) ([]byte, error) {
	if env.Now.IsZero() {
		return nil, c.fault("there is no clock here")
	}
	text, _ := FormatTime(env.Now, c.args[0].text) // checked by fitsNow
	return []byte(text), nil
}
