// Package hostile holds the tests of a gateway among enemies: a provider that means harm, input that means harm, and
// servers that wait for a secret which isn't theirs.
//
// It has no code beside its tests, and there is nothing to import. They stand apart from those of the root because each
// scenario runs in a process that it has to itself, or shares with its like, whose exit code and peak of memory are
// looked at by the one that started it: a stack that overflows, a fatal error or a body that is held whole can't be seen
// from within.
//
//   - TestProvider answers over raw connections in ways that no server should: bodies, headers and bombs without end,
//     nesting by the million, frames and status lines that are none, bytes that come one at a time or never. A call
//     ends in the kind that the root documents, within its time, and leaves neither goroutine nor reserved bytes.
//   - TestStreams does the same to an answer that is passed on while it comes.
//   - TestNeighbours lets one of fifty tenants have such a provider.
//   - TestInput gives what no request can carry to every place that takes something, and TestDeepInput what would
//     exhaust the stack.
//   - TestRedirects, TestNextLinks and TestSDK watch what another origin sees of a request that was led there.
package hostile
