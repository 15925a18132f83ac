package token

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/crm-tool/crm-tool/pkg/netfault"
	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// Kind says what kept a token from being fetched.
type Kind string

// The kinds.
const (
	// Refused says that the server does not give this client, or for this refresh token,
	// an access token.
	Refused Kind = "refused"
	// Misconfigured says that the request cannot succeed with these settings.
	Misconfigured Kind = "misconfigured"
	// Later says that it may succeed later with nothing changed.
	Later Kind = "temporary"
	// Unreachable says that nobody answers, or not as a token server does.
	Unreachable Kind = "unreachable"
)

// Error says why there is no access token.
type Error struct {
	Kind Kind
	// Host is the token server's.
	Host string
	// Message is one line without a secret.
	Message string
	// Cure says what to do; empty if nobody knows.
	Cure string
	// Err is an error of the network.
	Err error
}

// Error names the server and what it said.
func (e *Error) Error() string { return "get an access token from " + e.Host + ": " + e.Message }

// Hint says what to do.
func (e *Error) Hint() string { return e.Cure }

// Unwrap returns an error of the network.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether it may succeed later with nothing changed.
func (e *Error) Temporary() bool { return e.Kind == Later || e.Kind == Unreachable && e.Err != nil }

const maxText = 300

// failure describes an error of the request.
func (s *Source) failure(err error, refresh string) *Error {
	e := &Error{Kind: Unreachable, Host: s.host()}
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		e.refused(answer, strings.NewReplacer(secrets(s.options.ClientSecret, refresh)...))
		return e
	}
	if sending, ok := errors.AsType[*url.Error](err); ok {
		e.Err = netfault.InWords(sending.Err)
		e.Message = plaintext.OneLine(e.Err.Error(), maxText)
		if _, isNetwork := errors.AsType[net.Error](sending.Err); isNetwork {
			e.Cure = "check smtp.oauth2.token_url, and whether a firewall or a proxy is between"
		}
		return e
	}
	e.Message = "it does not answer as a token server does"
	e.Cure = "check smtp.oauth2.token_url"
	return e
}

func (s *Source) host() string {
	u, err := url.Parse(s.options.URL)
	if err != nil {
		return "smtp.oauth2.token_url"
	}
	return u.Host
}

// refused describes an answer that is an error (RFC 6749, section 5.2). Servers may repeat
// in it what they were sent.
func (e *Error) refused(answer *oauth2.RetrieveError, secrets *strings.Replacer) {
	status, code := answer.Response.StatusCode, answer.ErrorCode
	said, _, _ := strings.Cut(answer.ErrorDescription, " Trace ID: ") // Only Microsoft can look that up.
	e.Message = plaintext.OneLine(secrets.Replace(strings.TrimSuffix(code+": "+said, ": ")), maxText)
	switch {
	case status == http.StatusTooManyRequests, status >= 500, code == "temporarily_unavailable", code == "server_error":
		e.Kind = Later
		e.Message = cmp.Or(e.Message, fmt.Sprintf("it answers with HTTP %d", status))
		e.Cure = "run again later"
		return
	case code == "" && status >= 300 && status < 400:
		e.Kind, e.Message, e.Cure = Misconfigured, "it redirects to another address", "set smtp.oauth2.token_url to the final address"
		return
	case code == "":
		e.Kind, e.Cure = Misconfigured, "check smtp.oauth2.token_url"
		e.Message = fmt.Sprintf("it answers with HTTP %d, and not as a token server does", status)
		return
	}
	e.Kind = Refused
	if known, ok := codes()[code]; ok {
		e.Kind, e.Cure = known.kind, known.cure
	}
	for number, cure := range microsoft() {
		if strings.Contains(answer.ErrorDescription, number+":") {
			e.Cure = cure
		}
	}
}

// secrets returns what replaces secrets in a text, in the forms that a server may repeat.
func secrets(texts ...string) []string {
	var pairs []string
	for _, secret := range texts {
		if secret != "" {
			pairs = append(pairs, secret, "<redacted>", url.QueryEscape(secret), "<redacted>")
		}
	}
	return pairs
}

// remedy is what an error code of a token server means here.
type remedy struct {
	kind Kind
	cure string
}

// codes are those of RFC 6749, sections 4.1.2.1 and 5.2, and of Google.
func codes() map[string]remedy {
	const client = "check smtp.oauth2.client_id and smtp.oauth2.client_secret_file; the secret may have ended or been deleted"
	return map[string]remedy{
		"invalid_client": {Refused, client},
		"deleted_client": {Refused, client},
		"invalid_grant": {
			Refused, "the refresh token has ended or was revoked: get a new one into smtp.oauth2.refresh_token_file, as the installation guide says " +
				"(Google ends it after 7 days while the app's publishing status is Testing)",
		},
		"unauthorized_client": {Refused, "let the provider's administrator allow this client what it asks for; for Microsoft 365 check the tenant in smtp.oauth2.token_url, too"},
		"access_denied":       {Refused, "let the provider's administrator allow this client what it asks for"},
		"invalid_scope": {
			Misconfigured, "check smtp.oauth2.scope: https://outlook.office365.com/.default for Microsoft 365, https://mail.google.com/ for Google",
		},
		"invalid_request": {
			Misconfigured, "check smtp.oauth2: Microsoft 365 needs a scope, Google a refresh token",
		},
		"unsupported_grant_type": {
			Misconfigured, "the server does not know this way: set smtp.oauth2.refresh_token_file, or check smtp.oauth2.token_url",
		},
	}
}

// microsoft are the codes of Microsoft Entra that tell more; see
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes. They only
// choose advice, since Microsoft may change them.
func microsoft() map[string]string {
	const again = "get a new refresh token into smtp.oauth2.refresh_token_file, or use client credentials, which need none: see the installation guide"
	const scope = "set smtp.oauth2.scope to https://outlook.office365.com/.default"
	return map[string]string{
		"AADSTS7000215": "write the value of the client secret into smtp.oauth2.client_secret_file, not its ID (Entra: Certificates & secrets)",
		"AADSTS7000222": "the client secret has ended: make a new one (Entra: Certificates & secrets) and write its value into smtp.oauth2.client_secret_file",
		"AADSTS7000218": "set smtp.oauth2.client_secret_file: this app has a secret",
		"AADSTS700016":  "no app has this ID in that tenant: check smtp.oauth2.client_id (Application ID) and the tenant in smtp.oauth2.token_url",
		"AADSTS7000112": "the app is disabled: let an administrator enable it (Entra: Enterprise applications, Properties)",
		"AADSTS90002":   "no tenant is called so: check the Directory (tenant) ID in smtp.oauth2.token_url",
		"AADSTS900023":  "no tenant is called so: check the Directory (tenant) ID in smtp.oauth2.token_url",
		"AADSTS900144":  scope,
		"AADSTS70011":   scope,
		"AADSTS1002012": scope,
		"AADSTS500011":  scope,
		"AADSTS65001":   "let an administrator grant consent to the app (Entra: API permissions, Grant admin consent)",
		"AADSTS53003":   "a Conditional Access policy forbids it: let an administrator except this app",
		"AADSTS700082":  again,
		"AADSTS70008":   again,
		"AADSTS50173":   again,
	}
}
