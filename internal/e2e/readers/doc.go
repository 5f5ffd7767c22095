// Package readers holds tests of package openapi against readers of the same documents that aren't of our making:
// kin-openapi, which is another Go library, and Prism, which serves a document and judges what it is asked.
//
// TestPrism calls the operations of documents of different makers through a gateway, with a distinctive value for every
// parameter that is declared. A proxy records what was sent and hands it on, byte by byte, to Prism, which has to find
// nothing wrong; what kin-openapi reads from the record has to be what was given, each value in its place and under its
// name. TestStyles compares bytes: every style and explode of [@readme/oas-examples], as a server received them.
// TestSameAsKin takes operations at random from some hundred documents, and compares what an import made of them with
// kin-openapi's model, member by member; SAME_AS_KIN_SEED chooses other ones:
//
//	SAME_AS_KIN_SEED=7 go test -run TestSameAsKin .
//
// The documents are obtained by tools/scripts/documents.sh, Prism by tools/scripts/prism.sh; `make test` runs both.
// kin-openapi is needed here alone, which is why this is a part of the module of the end-to-end tests.
//
// [@readme/oas-examples]: https://github.com/readmeio/oas-examples
package readers
