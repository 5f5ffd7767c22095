// Package crm is a small customer database with an HTTP API, for the examples
// to call: honest enough to page, to refuse, to stumble and to recover.
//
// It listens on a loopback address. Each account has a bearer token, which
// decides what is visible:
//
//	GET  /contacts             an array; the next page in the Link header
//	POST /contacts             201, or 422 with what is wrong
//	GET  /contacts/{id}        one contact, or 404
//	GET  /deals                {"deals": […], "next_cursor": "…"}
//	GET  /reports/weekly       fails twice with a 503, then works
//	GET  /forecast             is broken for good: a 500
//
// [Start] begins, [Server.Close] ends. [Server.Seen] lists the requests that
// were answered, so that a program can compare what it believes with what
// happened.
package crm
