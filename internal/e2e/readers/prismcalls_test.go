package readers_test

import (
	"regexp"
	"testing"
)

// served is a document that Prism serves, with what has to be found at least and what can't be.
type served struct {
	maker, path                    string
	operations, parameters, bodies int
	known                          []reason
}

func known(pattern string, times int, why string) reason {
	return reason{regexp.MustCompile(`(?s)` + pattern), times, why}
}

// documents are of different makers, and bring what their APIs have need of: each place but the cookie, arrays with and
// without explode, objects that are deep or JSON, forms, parts and bytes. Each operation of each is called.
func documents() []served {
	const multipart = "Prism reads each part as text: what is JSON by the document, an object or a list of them, is none to it"
	const forms = "Prism reads an array in a form only where an encoding is declared for it"
	const undescribed = "both read those members of a form alone that are described; grant_type is only asked for"
	return []served{
		{"Twitter", corpus + "twitter.com/current.json", 80, 384, 18, nil},
		{"Twilio", corpus + "twilio.com/api.json", 195, 803, 59, []reason{
			known(` prism: .*"location":\["body","\w+"\].* must be array`, 5, forms),
			known(`Payments\.json body: .*/Parameter": Value is not nullable`, 1, "kin-openapi reads nothing from a member of a form that has no type"),
		}},
		{"Box", corpus + "box.com.json", 259, 450, 98, []reason{
			known(`content prism: .*body","attributes"\].* must be object`, 2, multipart),
			known(`#(add|update|delete) (prism|route):`, 6, "paths that only a fragment tells apart: neither reader knows which of them is meant"),
			known(`POST /oauth2/revoke (prism|body): .*grant_type`, 2, undescribed),
			known(`GET /search: .*only a string, a number or a boolean can stand here; /mdfilters/0`, 1, "a list of objects in a query, for which OpenAPI has no form"),
		}},
		{"Apideck", corpus + "apideck.com/crm.json", 40, 233, 16, nil},
		{"Stream", corpus + "stream-io-api.com.json", 116, 130, 65, []reason{
			known(`/(file|image) prism: .*"location":\["request","body","\w+"\].* must be (object|array)`, 2, multipart),
			known(`GET /(connect|longpoll) prism:`, 2, "Prism takes no parameter whose content is an object"),
			known(` query (json|payload): .*"online" is missing`, 6, "kin-openapi asks for members of a parameter that are read-only"),
		}},
		{"Google", corpus + "googleapis.com/youtube.json", 80, 1187, 27, []reason{
			known(`(prism|body): `, 12, "a body that is a file, by its media type, and an object by its schema"),
		}},
		{"Slack", corpus + "slack.com.json", 174, 378, 91, nil},
	}
}

// TestPrism sends a distinctive value for every parameter that is declared, and for every member of the bodies: Prism has
// to take the request, and kin-openapi to read the same from it.
func TestPrism(t *testing.T) {
	t.Parallel()
	compare(t, documents(), true)
}

// TestKin does the same without Prism, for documents that it can't serve: it ends when an array stands in a path, and reads
// no cookies.
func TestKin(t *testing.T) {
	t.Parallel()
	const undecoded = "kin-openapi has no arrays and objects in cookies that are exploded"
	compare(t, []served{
		{"TfL", corpus + "tfl.gov.uk.json", 84, 225, 0, nil},
		{"Zalando", corpus + "zalando.com.json", 20, 153, 0, nil},
		{"ReadMe styles", examples + "3.1/json/parameters-style.json", 25, 49, 5, []reason{known(`/cookies(#formExploded)? cookie (array|object): .*invalid serialization method`, 4, undecoded)}},
		{"ReadMe cookies", examples + "3.0/json/parameters-cookies.json", 1, 2, 0, nil},
		{"ReadMe extremes", examples + "3.0/json/parameters-extreme.json", 1, 8, 1, nil},
		{"ReadMe common", examples + "3.0/json/parameters-common.json", 5, 10, 0, nil},
	}, false)
}

// compare calls each operation of each document.
func compare(t *testing.T, documents []served, judged bool) {
	t.Helper()
	for _, doc := range documents {
		t.Run(doc.maker, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, doc.path, judged, doc.known)
			for _, a := range b.ours.actions {
				b.call(t, a)
			}
			for _, r := range b.known {
				if r.times != 0 {
					t.Errorf("%s: found %d times fewer than is known (%s)", r.match, r.times, r.why)
				}
			}
			n := b.count
			if n.operations < doc.operations || n.parameters < doc.parameters || n.bodies < doc.bodies {
				t.Errorf("%d operations, %d parameters, %d bodies; want %d, %d, %d", n.operations, n.parameters, n.bodies, doc.operations, doc.parameters, doc.bodies)
			}
			t.Logf("%d operations, %d parameters %v, %d bodies; %d parameters are signed; %d complaints are known", n.operations, n.parameters, n.places, n.bodies, n.signed, n.leftOut)
		})
	}
}
