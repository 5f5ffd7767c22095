// Package memory keeps everything in the memory of the process: for tests, for trying things out, and as the reference
// of what a [waygate.Store] does.
//
// [New] gives a store that is ready to use. It has all parts, the optional ones too: [waygate.AuditStore],
// [waygate.VariableStore], [waygate.FlowStore], [waygate.AppStore], [waygate.WatchStore] and [waygate.WakingStore] on the
// store, [waygate.StatisticsStore] on its records.
//
//	store := memory.New()
//	gw, err := waygate.New(waygate.Config{Store: store})
//
// It is not durable: what it holds ends with the process, so no keyring has to be configured for it. What grows by
// itself is bounded: records by [RecordLimit], the audit trail by [AuditLimit], flows by 1,000 of a tenant and 100,000
// in all, what [Store.Changes] tells by the latest 10,000. A full store drops the oldest of the tenant that holds the
// most, so that one busy tenant can't push out what all others have. What hosts add on purpose (connections,
// credentials, definitions) is not bounded; of variables a read finds at most 1,000, and an integration has at most
// 100 apps of a tenant.
//
//	store := memory.New(memory.RecordLimit(100_000), memory.Clock(clock.Now))
//
// One lock guards all rows and the audit trail, another one the records, so that writing records never holds up a call.
// No lock is held over I/O, for there is none. Values are copied on the way in and on the way out.
//
// Failures are an [*Error]; errors.Is tells which: [waygate.ErrUnresolved], [waygate.ErrConflict],
// [waygate.ErrInvalidInput] for an argument that no store could take (a cursor that isn't the store's own, a limit out
// of range, a lease without a holder), [ErrClosed] after [Store.Close].
package memory
