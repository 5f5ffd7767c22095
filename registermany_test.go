package waygate_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// TestRegisterMany: what a registration costs grows with the definition, not with its square. 4,000 actions with 8 MB of
// text take well below a second; were each of them to look at all of it, minutes.
func TestRegisterMany(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	in := api()
	for i := range 4000 {
		a := get("a" + strconv.Itoa(i))
		a.Description = strings.Repeat("x", 2000)
		in.Actions = append(in.Actions, a)
	}
	began := time.Now()
	must(t, gw.Register(t.Context(), in))
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if got := len(gw.Actions(waygate.ActionFilter{})); got != 4000 {
		t.Errorf("%d actions", got)
	}
}
