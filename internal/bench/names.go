package main

// Names of the clients, as they stand in the names of figures.
const (
	nameHTTP      = "nethttp"
	nameRetryable = "retryablehttp"
	nameFailsafe  = "failsafe"
	nameResty     = "resty"
	nameWaygate   = "waygate"
	nameOAuth2    = "xoauth2"
	handBy        = "hand-"    // and an engine: the whole way by hand
	waygateBy     = "waygate-" // and an engine
	nameFew       = "100"      // actions
	nameMany      = "10k"
	nameAll       = "10k-all"
	engineFirst   = "kaptinlin"
	engineSecond  = "santhosh"
)

// Names of the comparisons, as they stand there too.
const (
	caseGet     = "get1k"
	casePost    = "post1k"
	casePost4   = "post4k"
	caseOrder1  = "order1k"
	caseOrder50 = "order50k"
	caseGet8    = "get1k_8"
	caseGet200  = "get1k_200"
	casePages   = "pages20"
	caseWarm    = "token_warm"
	caseCold    = "token_cold"
	caseLookup  = "lookup"
)

// shown is a client's name for readers.
func shown(name string) string {
	switch name {
	case nameHTTP:
		return "net/http"
	case nameRetryable:
		return "retryablehttp + gobreaker"
	case nameFailsafe:
		return "failsafe-go"
	case nameResty:
		return "resty v3"
	case nameWaygate:
		return "Waygate"
	case nameOAuth2:
		return "x/oauth2"
	case handBy + engineFirst, handBy + engineSecond:
		return "by hand, " + name[len(handBy):]
	case waygateBy + engineFirst, waygateBy + engineSecond:
		return "Waygate, " + name[len(waygateBy):]
	case nameFew:
		return "100 of 100"
	case nameMany:
		return "100 of 10,000"
	case nameAll:
		return "all of 10,000"
	}
	return name
}
