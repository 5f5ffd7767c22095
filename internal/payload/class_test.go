package payload_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/payload"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for class, types := range map[payload.Class][]string{
		payload.JSON: {
			"application/json", "text/json", "APPLICATION/JSON", " application/json ; charset=utf-8", "application/x-json",
			"application/problem+json", "application/vnd.github.v3+JSON", "application/hal+json;profile=x", "model/gltf+json",
			"application/json;;", "application/json; charset", "application/json; charset=a; charset=b",
		},
		payload.XML: {"application/xml", "text/xml; charset=utf-8", "application/soap+xml", "image/svg+xml", "application/atom+xml"},
		payload.Form: {
			"application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded; charset=utf-8",
		},
		payload.Text: {
			"text/plain", "text/html; charset=iso-8859-1", "text/csv", "text/event-stream", "text/javascript", "text/x-unheard-of",
			"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq", "application/geo+json-seq",
			"application/javascript", "application/yaml", "application/vnd.oai.openapi+yaml", "application/jwt", "application/secevent+jwt",
		},
		payload.Binary: {
			"application/octet-stream", "application/pdf", "image/png", "application/zip", "multipart/mixed; boundary=x",
			"message/rfc822", "application/cbor", "application/senml+cbor", "application/jsonx", "image/json", "application/vnd.json.x",
		},
		payload.Unknown: {
			"", " ", "json", "utf-8", "*/*", "text/*", "application/", "/json", "application/json, application/json",
			"application/js on", "application/json/x", "application/\"json\"", "applicatıon/json", "text/plain\r\n", ";charset=utf-8",
			"application/" + strings.Repeat("x", 128), "application/+json", "text/\u212a",
		},
	} {
		for _, contentType := range types {
			if got := payload.Classify(contentType); got != class {
				t.Errorf("Classify(%q) is %q, want %q", contentType, got, class)
			}
		}
	}
}
