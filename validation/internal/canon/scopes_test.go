package canon_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// TestDynamicAnchorsAreBounded holds that a document of a quarter of a megabyte
// isn't multiplied: 5,000 references times 2,000 anchors that are defined twice.
func TestDynamicAnchorsAreBounded(t *testing.T) {
	t.Parallel()
	anchored := func(id, ref string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `"%s":{"$id":"%s"%s,"$defs":{`, id, id, ref)
		for i := range 2000 {
			fmt.Fprintf(&b, `"a%d":{"$dynamicAnchor":"a%d"},`, i, i)
		}
		return b.String() + `"z":true}},`
	}
	many := func(one string) string {
		var b strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&b, one, i, i)
		}
		return b.String()
	}
	limits := canon.Limits{Bytes: 4 << 20, Depth: 128, Nodes: 400_000, Patterns: 256, PatternBytes: 1 << 10}
	same := `{"$id":"http://x/","properties":{` + many(`"p%d-%d":{"$ref":"r1"},`) + `"z":true},"$defs":{` + anchored("r1", "") + anchored("r2", "") + `"z":true}}`
	each := `{"$id":"http://x/","properties":{` + many(`"p%d":{"$id":"q%d","$dynamicAnchor":"x","$ref":"r1"},`) + `"z":true},"$defs":{` + anchored("r1", "") + anchored("r2", "") + `"z":true}}`
	start := time.Now()
	if _, err := canon.Compile([]byte(same), limits); err != nil {
		t.Errorf("one resource, met often: %v", err)
	}
	var refused *canon.Error
	if _, err := canon.Compile([]byte(each), limits); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "dynamic anchors") {
		t.Errorf("met in 5,000 scopes: %v", err)
	}
	if took := time.Since(start); took > 10*time.Second { // two minutes without the bound
		t.Errorf("took %s", took)
	}
}
