package checks

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// mailToken asks for an access token, if the login at the mail server is by one.
func (s *Subject) mailToken(ctx context.Context) (string, error) {
	c := s.Config.SMTP
	switch {
	case s.throughOdoo():
		return "", odooSends
	case c.User == "" || c.Auth != config.OAuth2Auth:
		return "", skip("the login needs no access token")
	}
	if s.Hasty {
		c.Timeout = hastyTimeout
	}
	tokens, err := s.Host.Tokens(c, s.Config.StateDir)
	if err != nil {
		return "", err
	}
	if _, err := tokens.Token(ctx); err != nil {
		return "", err
	}
	return "there is an access token until " + tokens.Until().UTC().Format(time.RFC3339), nil
}
