package jsonpath_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path   string
		offset int
		reason string
	}{
		{"$.items[?@.a==1]", 8, "filters"},
		{"$[?@.a==@.b]", 2, "filters"},
		{"$[?@.a==1 || @.b==2 && @.c==3]", 2, "filters"},
		{"$[(@.length-1)]", 2, "filters"},
		{"$.length()", 8, "functions"},
		{"items.count()", 11, "functions"},
		{"$..a..b", 4, "only one '..'"},
		{"$...a", 3, "only one '..'"},
		{"$....", 3, "only one '..'"},
		{"$['a','b'", 1, "not closed"},
		{"$['a',]", 6, "brackets hold"},
		{"$[,0]", 2, "brackets hold"},
		{"$[0,?@.a]", 4, "filters"},
		{"$[" + strings.Repeat("0,", 64) + "0]", 1, "64 places"},
		{"$[0,1,2,3,4,5,6,7,8][0,1,2,3,4,5,6,7]", 20, "64 places"},
		{`$['\"']`, 3, "the quote around"},
		{"$[1000001]", 2, "over 1000000"},
		{"$[-1000001]", 2, "over 1000000"},
		{"$[50000000]", 2, "over 1000000"},
		{"$[99999999999999999999]", 2, "over 1000000"},
		{"$[0:99999999999999999999]", 4, "over 1000000"},
		{"$[::-1000001]", 4, "over 1000000"},
		{"$[01]", 2, "integer"},
		{"$[-0]", 2, "integer"},
		{"$[-]", 2, "integer"},
		{"$[1:-]", 4, "integer"},
		{"$[1:2:3:4]", 7, "brackets hold"},
		{"$[1.5]", 3, "brackets hold"},
		{"$[0 1]", 4, "brackets hold"},
		{"$[a]", 2, "brackets hold"},
		{"$['a'", 1, "not closed"},
		{"$['a]", 2, "quote is not closed"},
		{"$['a\\", 4, "backslash"},
		{"$['a\\']", 2, "quote is not closed"},
		{"$[", 1, "not closed"},
		{"$[0", 1, "not closed"},
		{"$[]", 2, "brackets hold"},
		{"$.", 2, "name is missing"},
		{"$..", 3, "name is missing"},
		{"a.", 2, "name is missing"},
		{".", 0, "name is missing"},
		{"a.[0]", 2, "name is missing"},
		{".a", 0, "name is missing"},
		{"$a", 1, "after $"},
		{"$$", 1, "after $"},
		{"*", 0, "every item"},
		{"@", 0, "current item"},
		{"@.a", 0, "current item"},
		{"@['a']", 0, "current item"},
		{"@odata next", 6, "brackets and quotes"},
		{"value.@odata.nextLink", 6, "brackets and quotes"},
		{"a b", 1, "brackets and quotes"},
		{" a", 0, "brackets and quotes"},
		{"a]", 1, "brackets and quotes"},
		{"a/b", 1, "brackets and quotes"},
		{"'a'.b", 3, "one name as a whole"},
		{"'a", 0, "quote is not closed"},
		{"$['\x01']", 3, "control character"},
		{"$['\\x41']", 3, "backslash"},
		{"$['\\u12']", 3, "hexadecimal"},
		{"$['\\ud83d']", 3, "hexadecimal"},
		{"$['\\ude00\\ud83d']", 3, "hexadecimal"},
		{"$['\\ud83dxxde00']", 3, "hexadecimal"},
		{"$.\xff", 0, "UTF-8"},
		{strings.Repeat("a", jsonpath.MaxLength+1), 1024, "1024 bytes"},
		{strings.Repeat("a.", 64) + "a", 128, "64 steps"},
		{"$" + strings.Repeat("[*]", 9), 25, "8 wildcards"},
		{"$..a" + strings.Repeat(".b", 8), 19, "8 steps"},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			p, err := jsonpath.Compile(c.path)
			var e *jsonpath.Error
			if !errors.As(err, &e) || p != nil {
				t.Fatalf("accepted as %s: %v", p, err)
			}
			if !strings.Contains(e.Reason, c.reason) || e.Offset != c.offset {
				t.Errorf("got %v", err)
			}
			if len(e.Error()) > 400 {
				t.Errorf("the message has %d bytes", len(e.Error()))
			}
		})
	}
}

func TestLimitsAreReached(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		strings.Repeat("a", jsonpath.MaxLength),
		"a" + strings.Repeat(".a", jsonpath.MaxSegments-1),
		"$" + strings.Repeat("[*]", jsonpath.MaxFan),
		"$[0,1,2,3,4,5,6,7][0,1,2,3,4,5,6,7]",
		"$..a" + strings.Repeat(".b", jsonpath.MaxAfter-1),
		fmt.Sprintf("$[%d]", jsonpath.MaxIndex),
		fmt.Sprintf("$[-%d]", jsonpath.MaxIndex),
	} {
		if _, err := jsonpath.Compile(path); err != nil {
			t.Error(err)
		}
	}
}
