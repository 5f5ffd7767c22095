package toxics

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// variable holds an order: the process that has it is a proxy.
const variable = "WAYGATE_TOXICS"

// order is what a process is told: the server behind, and what to do to its connections.
type order struct {
	Upstream string
	Troubles []Trouble
}

// Asked says whether this process is to [Serve].
func Asked() bool { return os.Getenv(variable) != "" }

// Serve is the process: it writes the addresses that it listens at, and ends with its standard input. It gives the exit
// code.
func Serve() int {
	addresses, err := listen(os.Getenv(variable))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(addresses)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "toxics:", err)
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// listen starts a proxy for each trouble.
func listen(text string) (map[string]string, error) {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return nil, err
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	addresses := map[string]string{}
	for _, trouble := range o.Troubles {
		proxy := toxiproxy.NewProxy(server, trouble.Name, "127.0.0.1:0", o.Upstream)
		if err := server.Collection.Add(proxy, true); err != nil {
			return nil, err
		}
		for _, toxic := range trouble.Toxics {
			if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
				return nil, fmt.Errorf("%s: %w", trouble.Name, err)
			}
		}
		addresses[trouble.Name] = proxy.Listen
	}
	return addresses, nil
}
