package scenario_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// TestNobodyIsToldAToken runs commands that log in by an access token, with servers that
// work, refuse and repeat what they were told, and looks for secrets in all that was
// written.
func TestNobodyIsToldAToken(t *testing.T) {
	beside(t)
	s := newSite(t)
	dir := t.TempDir()
	ids := s.pipeline(t, "client", 2, 7*24*time.Hour)
	tokens, err := s.mailbox.StartTokens(sandboxsmtp.TokenOptions{
		Provider: sandboxsmtp.Google, ClientID: tokenClient, ClientSecret: tokenSecret, RefreshToken: tokenRefresh, Rotates: true, Life: time.Hour,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tokens.Close()) })
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_request", "error_description": fmt.Sprint(string(body), form)})
	}))
	t.Cleanup(echo.Close)
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	login := []string{
		"CRM_TOOL_SMTP_PASSWORD_FILE=", "CRM_TOOL_SMTP_AUTH=oauth2", "CRM_TOOL_SMTP_OAUTH2_CLIENT_ID=" + tokenClient,
		"CRM_TOOL_SMTP_OAUTH2_CLIENT_SECRET_FILE=" + file("wrong-odoo", tokenSecret), "CRM_TOOL_SMTP_OAUTH2_REFRESH_TOKEN_FILE=" + file("wrong-mail", tokenRefresh),
	}
	works := append(login, "CRM_TOOL_SMTP_OAUTH2_TOKEN_URL="+tokens.URL())
	for n, extra := range [][]string{
		works, works, append(login, "CRM_TOOL_SMTP_OAUTH2_TOKEN_URL="+echo.URL),
		append(works, "CRM_TOOL_SMTP_USER=nobody"),
	} {
		for _, line := range []string{"config check -v", "config list -v", "doctor -v", fmt.Sprintf("preview remind %d --send-to sam@example.com -v", ids[0]), "remind -v"} {
			told := s.tell(t, dir, extra, invocation{line: line})
			where := fmt.Sprint(line, " in situation ", n)
			for _, secret := range []string{tokenSecret, tokenRefresh, url.QueryEscape(tokenSecret), url.QueryEscape(tokenRefresh)} {
				assert.NotContains(t, told, secret, where)
			}
			assert.NotRegexp(t, `(access|refresh)\.[A-Z2-7]{20}`, told, where)
			assert.NotContains(t, told, base64.StdEncoding.EncodeToString([]byte("user=crm-tool\x01auth=Bearer "))[:30], where)
		}
	}
	assert.NotEmpty(t, s.mailbox.Messages(), "it worked")
}
