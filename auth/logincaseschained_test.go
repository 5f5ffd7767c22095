package auth_test

import (
	"encoding/json"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// bullhorn is https://bullhorn.github.io/Getting-Started-with-REST, where the person's part of OAuth is done by a program: the
// code comes with a redirect, and the token that it is exchanged for goes into the query of the login proper.
func bullhorn() loginCase {
	const oauth, rest = "https://auth-{region}.bullhornstaffing.com/oauth", "https://rest-{region}.bullhornstaffing.com/rest-services"
	return loginCase{
		name: "Bullhorn",
		scheme: auth.Login{
			Steps: []auth.LoginStep{
				{Method: "GET", URL: oauth + "/authorize",
					Query: map[string]string{"client_id": "{client.id}", "response_type": "code", "action": "Login",
						"username": "{credential.user}", "password": "{credential.password}"},
					Answer: auth.LoginAnswer{Statuses: []int{302}, Values: []auth.LoginValue{{Name: "code", From: auth.FromRedirect, Path: "code"}}}},
				{URL: oauth + "/token",
					Query:  map[string]string{"grant_type": "authorization_code", "code": "{captured.code}", "client_id": "{client.id}", "client_secret": "{client.secret}"},
					Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "oauth", Path: "access_token"}}}},
				{Method: "GET", URL: rest + "/login",
					Query:  map[string]string{"version": "2.0", "access_token": "{captured.oauth}"},
					Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "BhRestToken"}, {Name: "rest_url", Path: "restUrl", Keep: true}}}},
			},
			Use: auth.Key{Name: "BhRestToken", Field: "access_token"},
		},
		cred: auth.UserPassword("me", "p&w d"),
		replies: []reply{{status: 302, headers: []string{"Location: https://www.bullhorn.com/?code=25%3A1%2Bb%26c&client_id=my+id"}},
			{status: 200, body: `{"access_token":"25:a/b+c","expires_in":600}`}, {status: 200, body: `{"BhRestToken":"5e6-token","restUrl":"https://rest.example/x/"}`}},
		asked: []string{"GET https://auth-eu.bullhornstaffing.com/oauth/authorize?action=Login&client_id=my%20id&password=p%26w%20d&response_type=code" +
			"&username=me\nAccept: application/json\n\n",
			"POST https://auth-eu.bullhornstaffing.com/oauth/token?client_id=my%20id&client_secret=s%2Bcret%2F0123&code=25%3A1%2Bb%26c" +
				"&grant_type=authorization_code\nAccept: application/json\n\n",
			"GET https://rest-eu.bullhornstaffing.com/rest-services/login?access_token=25%3Aa%2Fb%2Bc&version=2.0\nAccept: application/json\n\n"},
		brings: map[string]string{"access_token": "5e6-token", "rest_url": "https://rest.example/x/"},
		signed: "Bhresttoken: 5e6-token",
	}
}

// firebase is https://cloud.google.com/identity-platform/docs/use-rest-api: seconds as text, and a refresh of another shape.
func firebase() loginCase {
	answer := func(access, refresh, expires string) auth.LoginAnswer {
		return auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: access}, {Name: "refresh_token", Path: refresh}},
			Expires: &auth.LoginExpiry{Path: expires}, Error: "error.message",
			RefusedCodes: []string{"INVALID_LOGIN_CREDENTIALS", "USER_DISABLED", "TOKEN_EXPIRED", "INVALID_REFRESH_TOKEN"}}
	}
	return loginCase{
		name: "Identity Platform",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL: "https://identitytoolkit.googleapis.com/v1/accounts:signInWithPassword", Query: map[string]string{"key": "{credential.api_key}"},
				JSON:   json.RawMessage(`{"email":"{credential.user}","password":"{credential.password}","returnSecureToken":true}`),
				Answer: answer("idToken", "refreshToken", "expiresIn"),
			}},
			Refresh: []auth.LoginStep{{
				URL: "https://securetoken.googleapis.com/v1/token", Query: map[string]string{"key": "{credential.api_key}"},
				Form:   map[string]string{"grant_type": "refresh_token", "refresh_token": "{credential.refresh_token}"},
				Answer: answer("id_token", "refresh_token", "expires_in"),
			}},
		},
		cred:    auth.Fields(map[string]string{"user": "me@example.com", "password": "a-password", "api_key": "AIza-key-0123"}),
		replies: []reply{{status: 200, body: `{"idToken":"id-token-0001","refreshToken":"re-token-0001","expiresIn":"3600"}`}},
		asked: []string{"POST https://identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=AIza-key-0123\nAccept: application/json\n" +
			"Content-Type: application/json\n\n" + `{"email":"me@example.com","password":"a-password","returnSecureToken":true}`},
		brings:  map[string]string{"access_token": "id-token-0001", "refresh_token": "re-token-0001"},
		expires: noon.Add(time.Hour),
		signed:  "Authorization: Bearer id-token-0001",
	}
}

// intacct is https://developer.intacct.com/api/company-console/api-sessions/ and https://developer.intacct.com/web-services/requests/:
// the platform's pair beside the customer's in one XML document, whose id is a function's. Calls carry the session in their own
// documents, not in a header: that is an action's to say.
func intacct() loginCase {
	return loginCase{
		name: "Sage Intacct",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL: "https://api.intacct.com/ia/xml/xmlgw.phtml",
				XML: `<request><control><senderid>{client.id}</senderid><password>{client.secret}</password><controlid>{now('unix')}</controlid>` +
					`<dtdversion>3.0</dtdversion></control><operation><authentication><login><userid>{credential.user}</userid><companyid>{tenant}</companyid>` +
					`<password>{credential.password}</password></login></authentication><content><function controlid="{now('unix')}"><getAPISession/></function>` +
					`</content></operation></request>`,
				Answer: auth.LoginAnswer{
					Format: auth.FormatXML, Values: token("response.operation.result.data.api.sessionid"),
					Expires: &auth.LoginExpiry{Path: "response.operation.authentication.sessiontimeout", Form: auth.ExpiryISO},
					Success: "response.operation.authentication.status", SuccessValues: []string{"success"},
					Error: "response.operation.errormessage.error.errorno", Description: "response.operation.errormessage.error.description2",
					RefusedCodes: []string{"XL03000006"},
				},
			}},
		},
		cred: auth.UserPassword("xml", "a-password"),
		replies: []reply{{status: 200, body: `<response><control><status>success</status></control><operation><authentication><status>success</status>` +
			`<sessiontimeout>2026-05-04T14:00:00+00:00</sessiontimeout></authentication><result><status>success</status><data><api>` +
			`<sessionid>fakesession..</sessionid></api></data></result></operation></response>`}},
		asked: []string{"POST https://api.intacct.com/ia/xml/xmlgw.phtml\nAccept: text/xml, application/xml\nContent-Type: text/xml; charset=utf-8\n\n" +
			`<request><control><senderid>my id</senderid><password>s+cret/0123</password><controlid>1777896000</controlid>` +
			`<dtdversion>3.0</dtdversion></control><operation><authentication><login><userid>xml</userid><companyid>acme &#38; sons</companyid>` +
			`<password>a-password</password></login></authentication><content><function controlid="1777896000"><getAPISession/></function>` +
			`</content></operation></request>`},
		brings:  map[string]string{"access_token": "fakesession.."},
		expires: noon.Add(2 * time.Hour),
		signed:  "Authorization: Bearer fakesession..",
	}
}
