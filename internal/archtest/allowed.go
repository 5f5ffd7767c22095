package archtest

// Allowed gives the package variables of this repository that may stand although they could be changed, as
// "import/path.name" with the reason. Tables that are only read belong here when a function returning them would cost
// a hot path too much; compiled patterns don't: a function or the type that uses them can hold them.
func Allowed() map[string]string {
	return map[string]string{
		"github.com/waygate-go/waygate/store/postgres.migrationFiles":         "the embedded migrations: go:embed fills package variables only, and it isn't exported",
		"github.com/waygate-go/waygate/catalogue.schema":                      "the embedded file schema.json: go:embed fills package variables only, and Schema gives a copy",
		"github.com/waygate-go/waygate/validation/internal/canon.metaschemas": "the embedded metaschemas: go:embed fills package variables only, and it isn't exported",
		"github.com/waygate-go/waygate/internal/pgserver.shared":              "the one database server of a test process: tests in different files can't hand it to one another",
		"github.com/waygate-go/waygate/internal/jsontree.plans":               "a cache of how Go types are decoded: it depends on the program's types alone, and without it each decode would walk its type anew",
	}
}
