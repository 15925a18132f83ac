package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// What a token server of the scripts knows.
const (
	tokenClient  = "2b1f4bb4-0000-4000-8000-c0ffee000000"
	tokenSecret  = "Q~secret.of+the/client="
	tokenRefresh = "1//refresh-token"
)

// startTokens lets the mail server take access tokens alone, starts the server that hands
// them out, and sets what crm-tool needs.
func startTokens(s *script, args []string) {
	require.NotEmpty(s, args, "write: oauth2 microsoft|google|standard [life=DURATION] [rotates]")
	options := sandboxsmtp.TokenOptions{
		Provider: sandboxsmtp.Provider(args[0]), ClientID: tokenClient, ClientSecret: tokenSecret, RefreshToken: tokenRefresh, Life: time.Hour,
	}
	scope := "https://outlook.office365.com/.default"
	refresh := options.Provider != sandboxsmtp.Microsoft
	for _, arg := range args[1:] {
		switch name, value, _ := strings.Cut(arg, "="); name {
		case "life":
			options.Life = s.duration(value)
		case "rotates":
			options.Rotates, refresh = true, true
		default:
			require.Fail(s, "unknown option", arg)
		}
	}
	var err error
	s.tokenServer, err = s.mailbox.StartTokens(options)
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, s.tokenServer.Close()) })
	file := func(name, content string) string {
		path := filepath.Join(s.ts.Getenv("WORK"), "secrets", name)
		require.NoError(s, os.WriteFile(path, []byte(content+"\n"), 0o600))
		return path
	}
	s.ts.Setenv("CRM_TOOL_SMTP_PASSWORD_FILE", "")
	s.ts.Setenv("CRM_TOOL_SMTP_AUTH", "oauth2")
	s.ts.Setenv("CRM_TOOL_SMTP_OAUTH2_TOKEN_URL", s.tokenServer.URL())
	s.ts.Setenv("CRM_TOOL_SMTP_OAUTH2_CLIENT_ID", tokenClient)
	s.ts.Setenv("CRM_TOOL_SMTP_OAUTH2_CLIENT_SECRET_FILE", file("client", tokenSecret))
	if refresh {
		scope = ""
		s.ts.Setenv("CRM_TOOL_SMTP_OAUTH2_REFRESH_TOKEN_FILE", file("refresh", tokenRefresh))
	}
	s.ts.Setenv("CRM_TOOL_SMTP_OAUTH2_SCOPE", scope)
}

// tokens prints how many were handed out, revokes them, or lets the server refuse.
func tellTokens(s *script, args []string) {
	const usage = "write: tokens issued | tokens revoke [refresh] | tokens refuse STATUS BODY [TIMES]"
	require.NotEmpty(s, args, usage)
	switch rest := args[1:]; args[0] {
	case "issued":
		s.print("%d", s.tokenServer.Issued())
	case "revoke":
		s.tokenServer.Revoke(slices.Contains(rest, "refresh"))
	case "refuse":
		require.GreaterOrEqual(s, len(rest), 2, usage)
		fault := sandboxsmtp.TokenFault{Status: s.number(rest[0], 100), Body: rest[1]}
		if len(rest) > 2 {
			fault.Times = s.number(rest[2], 1)
		}
		s.tokenServer.Inject(fault)
	default:
		require.Fail(s, usage)
	}
}
