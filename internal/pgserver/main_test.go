//go:build unix

package pgserver_test

import (
	"os"
	"testing"

	"github.com/waygate-go/waygate/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }
