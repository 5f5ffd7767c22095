package auth_test

import (
	"encoding/json"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// loginCases are definitions made from the providers' own documentation, which each names. Where a provider demands more of
// the calls that follow than a scheme can say, that stands there, too.
func loginCases() []loginCase {
	return []loginCase{
		bill(), keystone(), dremio(), salesforce(), serviceLayer(), magento(), jamf(), vault(), bullhorn(), firebase(), intacct(),
	}
}

// bill is https://developer.bill.com/reference/login: the platform's developer key beside the customer's password, and a
// session that goes into a header of its own, and ends 35 minutes after its last use. That BDC_1101 means a wrong name or
// password says https://developer.bill.com/docs/faq (BDC_1102 is a wrong developer key); that calls have the header devKey,
// too, which the definition of an integration adds, https://developer.bill.com/docs/bill-keys-tokens.
func bill() loginCase {
	return loginCase{
		name: "BILL",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL: "https://gateway.prod.bill.com/connect/v3/login",
				JSON: json.RawMessage(`{"username":"{credential.user}","password":"{credential.password}",` +
					`"organizationId":"{tenant}","devKey":"{client.secret}"}`),
				Answer: auth.LoginAnswer{Values: token("sessionId"), Error: "[0].code", Description: "[0].message", RefusedCodes: []string{"BDC_1101"}},
			}},
			Lifetime: auth.Duration(35 * time.Minute),
			Use:      auth.Key{Name: "sessionId", Field: "access_token"},
		},
		cred:    auth.UserPassword(`a"b`, `p\w\u0041{tenant}`),
		replies: []reply{{status: 200, body: `{"sessionId":"02-session","organizationId":"008","userId":"006","trusted":false}`}},
		asked: []string{"POST https://gateway.prod.bill.com/connect/v3/login\nAccept: application/json\nContent-Type: application/json\n\n" +
			`{"username":"a\"b","password":"p\\w\\u0041{tenant}","organizationId":"acme & sons","devKey":"s+cret/0123"}`},
		brings:  map[string]string{"access_token": "02-session"},
		expires: noon.Add(35 * time.Minute),
		signed:  "Sessionid: 02-session",
	}
}

// keystone is https://docs.openstack.org/api-ref/identity/v3/, "Password authentication with scoped authorization": nested
// JSON, the token in a header, its end in the body.
func keystone() loginCase {
	return loginCase{
		name: "OpenStack Keystone",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL: "https://{host}.example.com/v3/auth/tokens",
				JSON: json.RawMessage(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"{credential.user}",` +
					`"domain":{"id":"default"},"password":"{credential.password}"}}}}}`),
				Answer: auth.LoginAnswer{
					Values:   []auth.LoginValue{{Name: "access_token", From: auth.FromHeader, Path: "X-Subject-Token"}},
					Expires:  &auth.LoginExpiry{Path: "token.expires_at", Form: auth.ExpiryISO},
					Statuses: []int{201}, Error: "error.code", Description: "error.message",
				},
			}},
			Use: auth.Key{Name: "X-Auth-Token", Field: "access_token"},
		},
		cred:    auth.UserPassword("admin", "devstacker"),
		replies: []reply{{status: 201, headers: []string{"X-Subject-Token: gAAAA-token"}, body: `{"token":{"expires_at":"2026-05-04T13:26:52.999747Z"}}`}},
		asked: []string{"POST https://erp.example.com/v3/auth/tokens\nAccept: application/json\nContent-Type: application/json\n\n" +
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"admin","domain":{"id":"default"},"password":"devstacker"}}}}}`},
		brings:  map[string]string{"access_token": "gAAAA-token"},
		expires: time.Date(2026, 5, 4, 13, 26, 52, 999747e3, time.UTC),
		signed:  "X-Auth-Token: gAAAA-token",
	}
}

// dremio is "Authentication Token" of https://docs.dremio.com/25.x/reference/api, which version 26 has in bearer tokens' place
// no more: an end in milliseconds, and a prefix without a space.
func dremio() loginCase {
	return loginCase{
		name: "Dremio",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL:    "https://{host}.example.com/apiv2/login",
				JSON:   json.RawMessage(`{"userName":"{credential.user}","password":"{credential.password}"}`),
				Answer: auth.LoginAnswer{Values: token("token"), Expires: &auth.LoginExpiry{Path: "expires", Form: auth.ExpiryEpochMillis}},
			}},
			Use: auth.Key{Name: "Authorization", Prefix: "_dremio", Field: "access_token"},
		},
		cred:    auth.UserPassword("dremio", "dremio123"),
		replies: []reply{{status: 200, body: `{"token":"tokenstring","userName":"dremio","expires":1777903200000}`}},
		asked: []string{"POST https://erp.example.com/apiv2/login\nAccept: application/json\nContent-Type: application/json\n\n" +
			`{"userName":"dremio","password":"dremio123"}`},
		brings:  map[string]string{"access_token": "tokenstring"},
		expires: time.UnixMilli(1777903200000).UTC(),
		signed:  "Authorization: _dremiotokenstring",
	}
}

// salesforce is https://developer.salesforce.com/docs/platform/api/guide/sforce-api-calls-login.html, which API versions up to
// 64.0 have until Summer '27: XML both ways, seconds in the body, the security token behind the password.
func salesforce() loginCase {
	return loginCase{
		name: "Salesforce SOAP",
		scheme: auth.Login{Steps: []auth.LoginStep{{
			URL:     "https://login.salesforce.com/services/Soap/u/62.0",
			Headers: map[string]string{"SOAPAction": "login"},
			XML: `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>` +
				`<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{credential.user}</n1:username>` +
				`<n1:password>{credential.password}{credential.security_token:-}</n1:password></n1:login></env:Body></env:Envelope>`,
			Answer: auth.LoginAnswer{
				Format: auth.FormatXML, Values: token("Envelope.Body.loginResponse.result.sessionId"),
				Expires: &auth.LoginExpiry{Path: "Envelope.Body.loginResponse.result.userInfo.sessionSecondsValid"},
				Error:   "Envelope.Body.Fault.faultcode", Description: "Envelope.Body.Fault.faultstring",
				RefusedCodes: []string{"INVALID_LOGIN", "sf:INVALID_LOGIN"},
			},
		}}},
		cred: auth.UserPassword("a&b@example.com", "<pa'ss>\"]]>"),
		replies: []reply{{status: 200, body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ` +
			`xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse><result>` +
			`<metadataServerUrl>https://x</metadataServerUrl><sessionId>00D!session</sessionId><userInfo><profileId xsi:nil="true"/>` +
			`<sessionSecondsValid>7200</sessionSecondsValid></userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>`}},
		asked: []string{"POST https://login.salesforce.com/services/Soap/u/62.0\nAccept: text/xml, application/xml\nContent-Type: text/xml; charset=utf-8\n" +
			"Soapaction: login\n\n" + `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>` +
			`<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>a&#38;b@example.com</n1:username>` +
			`<n1:password>&#60;pa&#39;ss&#62;&#34;]]&#62;</n1:password></n1:login></env:Body></env:Envelope>`},
		brings:  map[string]string{"access_token": "00D!session"},
		expires: noon.Add(2 * time.Hour),
		signed:  "Authorization: Bearer 00D!session",
	}
}

// serviceLayer is "Login and Logout" of Working with SAP Business One Service Layer, as in
// https://learning.sap.com/courses/leveraging-the-sap-business-one-service-layer/logging-in-and-logging-out-using-service-layer-api:
// a session in a cookie, beside one that leads to the node which has it.
func serviceLayer() loginCase {
	return loginCase{
		name: "SAP Business One",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL:  "https://{host}.example.com/b1s/v1/Login",
				JSON: json.RawMessage(`{"CompanyDB":"{tenant}","UserName":"{credential.user}","Password":"{credential.password}"}`),
				Answer: auth.LoginAnswer{
					Values: []auth.LoginValue{{Name: "access_token", From: auth.FromCookie, Path: "B1SESSION"},
						{Name: "route", From: auth.FromCookie, Path: "ROUTEID", Keep: true, Optional: true}},
					Expires: &auth.LoginExpiry{From: auth.FromCookie, Path: "B1SESSION"}, Error: "error.code",
				},
			}},
			Use: auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InCookie, Name: "B1SESSION", Field: "access_token"},
				auth.Key{In: auth.InCookie, Name: "ROUTEID", Field: "route"}}},
		},
		cred: auth.UserPassword("manager", "1234"),
		replies: []reply{{status: 200, headers: []string{"Set-Cookie: B1SESSION=old; path=/", "Set-Cookie: B1SESSION=a-session; Max-Age=1800; path=/b1s/v1; HttpOnly",
			"Set-Cookie: ROUTEID=.node4; path=/b1s"}, body: `{"SessionId":"a-session","Version":"1000190","SessionTimeout":30}`}},
		asked: []string{"POST https://erp.example.com/b1s/v1/Login\nAccept: application/json\nContent-Type: application/json\n\n" +
			`{"CompanyDB":"acme & sons","UserName":"manager","Password":"1234"}`},
		brings:  map[string]string{"access_token": "a-session", "route": ".node4"},
		expires: noon.Add(30 * time.Minute),
		signed:  "Cookie: B1SESSION=a-session; ROUTEID=.node4",
	}
}

// magento is https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-token/: the answer is
// one JSON string, good for 4 hours. A shop with two-factor authentication has other URLs, and a one-time password.
func magento() loginCase {
	return loginCase{
		name: "Adobe Commerce",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL:    "https://{host}.example.com/rest/V1/integration/admin/token",
				JSON:   json.RawMessage(`{"username":"{credential.user}","password":"{credential.password}"}`),
				Answer: auth.LoginAnswer{Values: token("")},
			}},
			Lifetime: auth.Duration(4 * time.Hour),
		},
		cred:    auth.UserPassword("integration", "a-password"),
		replies: []reply{{status: 200, body: `"vbnf3hjklp5iuytre"`}},
		asked: []string{"POST https://erp.example.com/rest/V1/integration/admin/token\nAccept: application/json\nContent-Type: application/json\n\n" +
			`{"username":"integration","password":"a-password"}`},
		brings:  map[string]string{"access_token": "vbnf3hjklp5iuytre"},
		expires: noon.Add(4 * time.Hour),
		signed:  "Authorization: Bearer vbnf3hjklp5iuytre",
	}
}

// jamf is "Bearer Tokens" of https://developer.jamf.com/jamf-pro/docs and
// https://developer.jamf.com/jamf-pro/reference/post_v1-auth-token: the pair in the Basic header, no body.
func jamf() loginCase {
	return loginCase{
		name: "Jamf Pro",
		scheme: auth.Login{Steps: []auth.LoginStep{{
			URL:    "https://{host}.jamfcloud.com/api/v1/auth/token",
			Basic:  &auth.LoginPair{User: "{credential.user}", Password: "{credential.password}"},
			Answer: auth.LoginAnswer{Values: token("token"), Expires: &auth.LoginExpiry{Path: "expires", Form: auth.ExpiryISO}},
		}}},
		cred:    auth.UserPassword("jamf", "pass:wörd"),
		replies: []reply{{status: 200, body: `{"token":"eyJhb.e30.x","expires":"2026-05-04T12:30:00.123Z"}`}},
		asked:   []string{"POST https://erp.jamfcloud.com/api/v1/auth/token\nAccept: application/json\nAuthorization: Basic amFtZjpwYXNzOnfDtnJk\n\n"},
		brings:  map[string]string{"access_token": "eyJhb.e30.x"},
		expires: time.Date(2026, 5, 4, 12, 30, 0, 123e6, time.UTC),
		signed:  "Authorization: Bearer eyJhb.e30.x",
	}
}

// vault is "User Name and Password" and "Errors" of https://developer.veevavault.com/api/24.1/: a form, a failure with status
// 200, and a session in Authorization without a prefix. How long it may idle differs from vault to vault.
func vault() loginCase {
	return loginCase{
		name: "Veeva Vault",
		scheme: auth.Login{
			Steps: []auth.LoginStep{{
				URL:  "https://{host}.veevavault.com/api/v24.1/auth",
				Form: map[string]string{"username": "{credential.user}", "password": "{credential.password}"},
				Answer: auth.LoginAnswer{Values: token("sessionId"), Success: "responseStatus", SuccessValues: []string{"SUCCESS"},
					Error: "errors[0].type", Description: "errors[0].message", RefusedCodes: []string{"USERNAME_OR_PASSWORD_INCORRECT"}},
			}},
			Lifetime: auth.Duration(20 * time.Minute),
			Use:      auth.Key{Name: "Authorization", Field: "access_token"},
		},
		cred:    auth.UserPassword("me@vault.example", "a+b &c=%41"),
		replies: []reply{{status: 200, body: `{"responseStatus":"SUCCESS","sessionId":"3B3C45FD240E26F0","userId":12021}`}},
		asked: []string{"POST https://erp.veevavault.com/api/v24.1/auth\nAccept: application/json\nContent-Type: application/x-www-form-urlencoded\n\n" +
			"password=a%2Bb+%26c%3D%2541&username=me%40vault.example"},
		brings:  map[string]string{"access_token": "3B3C45FD240E26F0"},
		expires: noon.Add(20 * time.Minute),
		signed:  "Authorization: 3B3C45FD240E26F0",
	}
}
