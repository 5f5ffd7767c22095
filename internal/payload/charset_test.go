package payload_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/payload"
)

// TestCharsets reads words that another language's codecs have written.
func TestCharsets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ names, coded, want string }{
		{"iso-8859-1 ISO_8859-1:1987 iso8859-1 latin1 L1 cp819 windows-1252 CP1252 x-cp1252 win1252", "\x93\x80\x9e\x94 \xe9", "“€ž” é"},
		{"iso-8859-2 ISO_8859-2 latin2 iso88592", "\xa3\xf3d\xbc", "Łódź"},
		{"iso-8859-3 latin3", "\xd8uste", "Ĝuste"},
		{"iso-8859-4 latin4", "\xd3\xbani\xf1\xb9", "Ķēniņš"},
		{"iso-8859-5 cyrillic", "\xbf\xe0\xd8\xd2\xd5\xe2", "Привет"},
		{"iso-8859-6 iso-8859-6-i arabic", "\xd3\xe4\xc7\xe5", "سلام"},
		{"iso-8859-7 greek", "\xc3\xe5\xe9\xdc", "Γειά"},
		{"iso-8859-8 ISO-8859-8-E hebrew", "\xf9\xec\xe5\xed", "שלום"},
		{"iso-8859-9 latin5 windows-1254", "\xdd\xf0\xfe\x80", "İğş€"},
		{"iso-8859-10 latin6", "\xde\xf3r\xf0ur", "Þórður"},
		{"iso-8859-11 tis-620 windows-874", "\xca\xc7\xd1\xca\xb4\xd5", "สวัสดี"},
		{"iso-8859-13 latin7", "\xde\xe0sis", "Žąsis"},
		{"iso-8859-14 latin8", "\xd0y\xfe", "Ŵyŷ"},
		{"iso-8859-15 Latin-9", "\xa4\xbc\xb8", "€Œž"},
		{"iso-8859-16 latin10", "\xfear\xe3", "țară"},
		{"windows-1250 cp1250", "\x8elu\x9dou\xe8k\xfd", "Žluťoučký"},
		{"windows-1251 cp-1251", "\xa5\xe0\xed\xee\xea", "Ґанок"},
		{"windows-1253", "\xbf\xf1\xe1\x80", "Ώρα€"},
		{"windows-1255", "\xa4\xf9\xec\xe5\xed", "₪שלום"},
		{"windows-1256", "\x81\xc7\xd3\x80", "پاس€"},
		{"windows-1257", "\x80\xd0\xeb\xf0", "€Šėš"},
		{"windows-1258", "\xd0\xf5\xfd\xfe", "Đơư₫"},
		{"koi8-r KOI8_R koi8", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		{"koi8-u", "\xbd\xa7\xa4", "Ґїє"},
		{"macintosh mac x-mac-roman", "\xb7\x8e\xdb", "∑é€"},
		{"utf-8 UTF8 Utf_8 us-ascii ascii ANSI_X3.4-1968", "größe €", "größe €"},
		{"utf-16le UTF16LE ucs-2 utf-16", "{\x00\xac\x20\x3d\xd8\x00\xde", "{€😀"},
		{"utf-16be utf16be utf-16", "\x00{\x20\xac\xd8\x3d\xde\x00", "{€😀"},
	} {
		for name := range strings.FieldsSeq(c.names) {
			for _, contentType := range []string{"text/plain; charset=" + name, `application/json;CHARSET="` + strings.ToUpper(name) + `"`} {
				coded := []byte(c.coded)
				got, err := payload.UTF8(contentType, coded)
				if err != nil || string(got) != c.want {
					t.Errorf("%s: %q, %v, want %q", contentType, got, err, c.want)
				}
				if string(coded) != c.coded {
					t.Errorf("%s: the body was changed", contentType)
				}
			}
		}
	}
}

func TestMarksAndFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, contentType, body, want string }{
		{"no charset", "text/plain", "grün", "grün"},
		{"empty charset", "text/plain; charset=", "grün", "grün"},
		{"UTF-8 mark", "application/json", "\ufeff{}", "{}"},
		{"mark alone", "application/json", "\ufeff", ""},
		{"two marks", "text/plain", "\ufeff\ufeff", "\ufeff"},
		{"UTF-16LE mark", "application/json", "\xff\xfe{\x00}\x00", "{}"},
		{"UTF-16BE mark", "text/plain", "\xfe\xff\x00{\x00}", "{}"},
		{"the mark wins", "text/plain; charset=iso-8859-1", "\ufeffgrün", "grün"},
		{"the mark wins over an unknown charset", "text/plain; charset=gb18030", "\ufeffgrün", "grün"},
		{"utf-16 with mark", "text/plain; charset=utf-16", "\xfe\xff\x00a", "a"},
		{"utf-16be with mark", "text/plain; charset=utf-16be", "\xfe\xff\x00a", "a"},
		{"odd byte", "text/plain; charset=utf-16le", "a\x00b", "a\ufffd"},
		{"half a pair", "text/plain; charset=utf-16le", "\x3d\xd8a\x00", "\ufffda"},
		{"half a pair at the end", "text/plain; charset=utf-16le", "a\x00\x3d\xd8", "a\ufffd"},
		{"low half first", "text/plain; charset=utf-16be", "\xde\x00\xd8\x3d", "\ufffd\ufffd"},
		{"pair and half", "text/plain; charset=utf-16be", "\xd8\x3d\xd8\x3d\xde\x00", "\ufffd😀"},
		{"bad UTF-8 in text", "text/plain", "a\xff\xfeb\xe2\x82", "a\ufffd\ufffdb\ufffd\ufffd"},
		{"bad UTF-8 in a form", "application/x-www-form-urlencoded", "a\xff", "a\ufffd"},
		{"bad UTF-8 in JSON stays", "application/json", "\"\xff\"", "\"\xff\""},
		{"bad UTF-8 in XML stays", "text/xml", "<a>\xff</a>", "<a>\xff</a>"},
		{"bad UTF-8 of unknown type stays", "", "\xc3(", "\xc3("},
		{"bad UTF-8 of bytes stays", "application/pdf; charset=utf-8", "\xc3(", "\xc3("},
		{"charset has no such byte", "text/plain; charset=iso-8859-3", "a\xa5", "a\ufffd"},
		{"first charset counts", "text/plain; charset=koi8-r; charset=utf-8", "\xf0", "П"},
		{"the first that isn't empty", "text/plain; charset=; charset=koi8-r", "\xf0", "П"},
		{"broken parameter before", "text/plain; foo; a=\"x;charset=utf-8\\\"\"; charset = koi8-r", "\xf0", "П"},
		{"open quotes", "text/plain; charset=\"koi8-r", "\xf0", "П"},
		{"single quotes", "text/plain; charset='koi8-r'", "\xf0", "П"},
		{"no type", "; charset=koi8-r", "\xf0", "П"},
		{"empty with unknown charset", "text/plain; charset=gb18030", "", ""},
	} {
		got, err := payload.UTF8(c.contentType, []byte(c.body))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

// TestNoCopy wants the same memory where nothing is to be done.
func TestNoCopy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		contentType, body string
		skip              int
	}{
		{"application/json", `{"a":"ü"}`, 0},
		{"application/json", "\ufeff{}", 3},
		{"text/plain; charset=us-ascii", "plain", 0},
		{"text/plain; charset=iso-8859-1", "plain", 0},
		{"text/plain; charset=koi8-r", "plain", 0},
		{"application/json", "\"\xff\"", 0},
	} {
		body := []byte(c.body)
		got, err := payload.UTF8(c.contentType, body)
		if err != nil || len(got) != len(body)-c.skip || &got[0] != &body[c.skip] {
			t.Errorf("%s %q: %q, %v", c.contentType, c.body, got, err)
		}
	}
}

func TestUnknownCharset(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"gb2312": "gb2312", "Shift_JIS": "Shift_JIS", "iso-8859-12": "iso-8859-12", "iso-8859-17": "iso-8859-17",
		"windows-1259": "windows-1259", "utf-32": "utf-32", "utf-7": "utf-7", "iso-8859-": "iso-8859-", "cp": "cp",
		"x\x1b[31m\u202e":       "x\ufffd[31m\ufffd",
		strings.Repeat("ü", 50): strings.Repeat("ü", 40) + "…",
	} {
		_, err := payload.UTF8("text/plain; charset="+name, []byte("x"))
		var bad *payload.CharsetError
		if !errors.As(err, &bad) || bad.Charset != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestGrowth converts the worst of each form: three bytes for one.
func TestGrowth(t *testing.T) {
	t.Parallel()
	for contentType, body := range map[string][]byte{
		"text/plain; charset=iso-8859-15":  bytes.Repeat([]byte{0xa4}, 9999),
		"text/plain; charset=windows-1252": bytes.Repeat([]byte{0x80}, 9999),
		"text/plain; charset=utf-8":        bytes.Repeat([]byte{0xff}, 9999),
		"text/plain; charset=utf-16le":     bytes.Repeat([]byte{0xd8}, 9999),
	} {
		got, err := payload.UTF8(contentType, body)
		if err != nil || len(got) > 3*len(body) || cap(got) > 3*len(body) || !utf8.Valid(got) {
			t.Errorf("%s: %d bytes of %d, capacity %d, %v", contentType, len(got), len(body), cap(got), err)
		}
	}
}
