package waygate_test

import (
	"errors"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// Shops of a provider below a domain that is on the public suffix list, where elsewhere anybody may have a host: the
// platform's key isn't sent to what a customer typed in, unless the definition says that the domain is the provider's.
func ExampleIntegration_ownDomains() {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Env: map[string]string{"partner": "the-partner-key"}})
	noError(err)
	in := waygate.Integration{
		ID: "shops", BaseURL: "https://{shop}.myshopify.com", Auth: auth.Bearer{},
		Headers:    map[string]string{"X-Partner": "${env.partner}"},
		Parameters: []waygate.ConnectionParameter{{Name: "shop"}},
	}
	fmt.Println("refused:", errors.Is(gw.Check(in), waygate.ErrConfig))
	in.OwnDomains = []string{"myshopify.com"}
	noError(gw.Check(in)) // as Register would
	// Output: refused: true
}
