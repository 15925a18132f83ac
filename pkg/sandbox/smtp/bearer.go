package smtp

import (
	"encoding/base64"
	"strings"
)

// tokenServer is whose access tokens the mailbox wants in place of a password; nil for none.
func (b *Mailbox) tokenServer() *TokenServer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens
}

// mechanisms are the ways to log in that the provider offers.
func (s *TokenServer) mechanisms() string {
	switch {
	case s == nil:
		return "PLAIN LOGIN"
	case s.options.Provider == Microsoft:
		return "LOGIN XOAUTH2"
	case s.options.Provider == Google:
		return "LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER"
	}
	return "OAUTHBEARER"
}

// authByToken checks a login by an access token: XOAUTH2 as Google and Microsoft have it,
// or OAUTHBEARER (RFC 7628).
func (c *conversation) authByToken(tokens *TokenServer, mechanism, initial string) {
	offered := strings.Fields(tokens.mechanisms())
	isBearer := mechanism == "OAUTHBEARER"
	if mechanism != "XOAUTH2" && !isBearer || !strings.Contains(" "+strings.Join(offered, " ")+" ", " "+mechanism+" ") {
		_, _ = c.credentials(mechanism, initial)
		c.say(tokens.refusesPassword())
		return
	}
	user, token := bearer(c.ask("", initial))
	switch {
	case user == c.box.options.User && tokens.accepts(token):
		if c.answer(AtAuth, mechanism, "235 2.7.0 Accepted") {
			c.user = user
		}
		return
	case tokens.options.Provider == Microsoft:
		c.say("535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]")
		return
	}
	// The client has to answer before it is refused: an empty line, or one byte 1.
	challenge, answer := `{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`, ""
	if isBearer {
		challenge, answer = `{"status":"invalid_token","schemes":"bearer","scope":"https://mail.google.com/"}`, "\x01"
	}
	if c.ask(challenge, "") != answer {
		c.say("501 5.5.2 Cannot decode response")
		return
	}
	c.say("535 5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials")
}

// refusesPassword is what the provider says to a login by a password.
func (s *TokenServer) refusesPassword() string {
	if s.options.Provider == Microsoft {
		return "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]"
	}
	return "535 5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials"
}

// bearer returns user and token of an initial response of either mechanism.
func bearer(response string) (user, token string) {
	for field := range strings.SplitSeq(response, "\x01") {
		if name, ok := strings.CutPrefix(field, "user="); ok {
			user = name
		}
		if name, ok := strings.CutPrefix(field, "n,a="); ok {
			user = strings.TrimSuffix(strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name), ",")
		}
		if value, ok := strings.CutPrefix(field, "auth=Bearer "); ok {
			token = value
		}
	}
	if !strings.HasSuffix(response, "\x01\x01") {
		return "", ""
	}
	return user, token
}

// encode is how SMTP writes what is said in a login.
func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
