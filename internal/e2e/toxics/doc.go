// Package toxics puts bad networks between a client and a server, for tests: Shopify's toxiproxy, in a process of its
// own, with one listener for each kind of trouble.
//
// The process is the test binary itself: its TestMain hands over to [Serve] where [Asked] says so.
//
//	proxies, err := toxics.Start(ctx, upstream, toxics.All())
//	defer proxies.Close()
//	addr := proxies.Addr("truncate")
package toxics
