package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
)

// errHangUp ends a conversation.
var errHangUp = errors.New("connection closed")

// pathArgument is the argument of MAIL and RCPT (RFC 5321, section 4.1.2): an
// address in angle brackets, then parameters.
var pathArgument = regexp.MustCompile(`(?i)^(?:FROM|TO):<([^<>\s]*)>((?: [A-Z0-9][A-Z0-9-]*(?:=[!-<>-~]+)?)*)$`)

// conversation is one SMTP session (RFC 5321).
type conversation struct {
	box       *Mailbox
	conn      net.Conn
	in        *bufio.Reader
	encrypted bool
	greeted   bool
	user      string
	sender    *string
	rcpts     []string
}

// newConversation prepares to talk over a connection.
func newConversation(b *Mailbox, conn net.Conn) *conversation {
	c := &conversation{box: b}
	if b.options.TLS == ImplicitTLS {
		conn, c.encrypted = tls.Server(conn, b.tls), true
	}
	c.speakOver(conn)
	return c
}

// speakOver changes the connection.
func (c *conversation) speakOver(conn net.Conn) {
	c.conn, c.in = conn, bufio.NewReader(conn)
}

// run talks until somebody hangs up.
func (c *conversation) run() {
	if err := c.answer(AtConnect, "", "220 mail.sandbox.example ESMTP"); err != nil {
		return
	}
	for {
		line, err := c.readLine()
		if err != nil {
			return
		}
		verb, argument, _ := strings.Cut(line, " ")
		if err := c.command(strings.ToUpper(verb), argument); err != nil {
			return
		}
	}
}

// command answers one command.
func (c *conversation) command(verb, argument string) error {
	switch verb {
	case "EHLO", "HELO":
		return c.hello(verb, argument)
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(argument)
	case "MAIL":
		return c.mail(argument)
	case "RCPT":
		return c.rcpt(argument)
	case "DATA":
		return c.data()
	case "RSET":
		c.sender, c.rcpts = nil, nil
		return c.say("250 2.0.0 Flushed")
	case "NOOP":
		return c.say("250 2.0.0 Still here")
	case "QUIT":
		_ = c.answer(AtQuit, "", "221 2.0.0 Bye") // the client may have left already
		return errHangUp
	default:
		return c.say("500 5.5.2 Command unrecognized")
	}
}

// hello answers EHLO with what the server offers.
func (c *conversation) hello(verb, name string) error {
	if name == "" {
		return c.say("501 5.5.4 Who are you?")
	}
	lines := []string{"mail.sandbox.example greets " + name}
	if verb == "EHLO" {
		lines = append(lines, "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 26214400")
		if c.box.options.TLS == StartTLS && !c.encrypted {
			lines = append(lines, "STARTTLS")
		}
		if c.box.options.User != "" && c.encrypted {
			lines = append(lines, "AUTH PLAIN LOGIN")
		}
	}
	ok, err := proceed(c.answer(AtHello, "", "250 "+strings.Join(lines, "\n250 ")))
	c.greeted = c.greeted || ok
	c.sender, c.rcpts = nil, nil
	return err
}

// startTLS begins encryption.
func (c *conversation) startTLS() error {
	if c.box.options.TLS != StartTLS || c.encrypted {
		return c.say("502 5.5.1 Not offered")
	}
	ok, err := proceed(c.answer(AtStartTLS, "", "220 2.0.0 Go ahead"))
	if !ok {
		return err
	}
	if c.in.Buffered() > 0 { // commands that were smuggled in before the handshake
		return errHangUp
	}
	secure := tls.Server(c.conn, c.box.tls)
	if err := secure.HandshakeContext(c.box.ctx); err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	c.speakOver(secure)
	c.encrypted, c.greeted, c.user = true, false, ""
	return nil
}

// auth checks a login (RFC 4954) by PLAIN or LOGIN.
func (c *conversation) auth(argument string) error {
	switch {
	case c.box.options.User == "" || !c.encrypted:
		return c.say("502 5.5.1 Not offered")
	case c.user != "":
		return c.say("503 5.5.1 Already logged in")
	}
	mechanism, initial, _ := strings.Cut(argument, " ")
	user, password, err := c.credentials(strings.ToUpper(mechanism), initial)
	if err != nil {
		return err
	}
	if user != c.box.options.User || password != c.box.options.Password {
		return c.say("535 5.7.8 Authentication credentials invalid")
	}
	ok, err := proceed(c.answer(AtAuth, "", "235 2.7.0 Authenticated"))
	if ok {
		c.user = user
	}
	return err
}

// credentials asks for a login. What it cannot understand is a wrong one.
func (c *conversation) credentials(mechanism, initial string) (user, password string, err error) {
	switch mechanism {
	case "PLAIN":
		if initial == "" {
			if initial, err = c.ask(""); err != nil {
				return "", "", err
			}
		}
		raw, _ := base64.StdEncoding.DecodeString(initial)
		if parts := strings.Split(string(raw), "\x00"); len(parts) == 3 {
			return parts[1], parts[2], nil
		}
	case "LOGIN":
		if initial == "" {
			if initial, err = c.ask("Username:"); err != nil {
				return "", "", err
			}
		}
		second, err := c.ask("Password:")
		if err != nil {
			return "", "", err
		}
		name, _ := base64.StdEncoding.DecodeString(initial)
		secret, _ := base64.StdEncoding.DecodeString(second)
		return string(name), string(secret), nil
	}
	return "", "", nil
}

// ask sends a challenge and returns the line that answers it.
func (c *conversation) ask(challenge string) (string, error) {
	if err := c.say("334 " + base64.StdEncoding.EncodeToString([]byte(challenge))); err != nil {
		return "", err
	}
	return c.readLine()
}

// mail begins a transaction.
func (c *conversation) mail(argument string) error {
	address, ok := path(argument)
	switch {
	case !c.greeted:
		return c.say("503 5.5.1 Say EHLO first")
	case c.box.options.TLS == StartTLS && !c.encrypted:
		return c.say("530 5.7.0 Must issue a STARTTLS command first")
	case c.box.options.User != "" && c.user == "":
		return c.say("530 5.7.0 Authentication required")
	case c.sender != nil:
		return c.say("503 5.5.1 Nested MAIL command")
	case !ok || !strings.EqualFold(argument[:5], "FROM:"):
		return c.say("501 5.5.4 Syntax: MAIL FROM:<address>")
	}
	ok, err := proceed(c.answer(AtMail, address, "250 2.1.0 Sender OK"))
	if ok {
		c.sender, c.rcpts = &address, nil
	}
	return err
}

// rcpt adds a recipient.
func (c *conversation) rcpt(argument string) error {
	address, ok := path(argument)
	switch {
	case c.sender == nil:
		return c.say("503 5.5.1 Need MAIL command")
	case !ok || !strings.EqualFold(argument[:3], "TO:") || address == "":
		return c.say("501 5.5.4 Syntax: RCPT TO:<address>")
	}
	ok, err := proceed(c.answer(AtRcpt, address, "250 2.1.5 Recipient OK"))
	if ok {
		c.rcpts = append(c.rcpts, address)
	}
	return err
}

// path returns the address of a MAIL or RCPT argument.
func path(argument string) (address string, ok bool) {
	m := pathArgument.FindStringSubmatch(argument)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// data takes a mail.
func (c *conversation) data() error {
	if len(c.rcpts) == 0 {
		return c.say("503 5.5.1 No valid recipients")
	}
	ok, err := proceed(c.answer(AtData, "", "354 End data with <CR><LF>.<CR><LF>"))
	if !ok {
		return err
	}
	if t := c.box.next(AtBody, ""); t != nil {
		if err := c.interrupt(t); err != nil {
			return err
		}
	}
	content, err := c.readData()
	if err != nil {
		return err
	}
	m := Message{Sender: *c.sender, Recipients: c.rcpts, Data: content, User: c.user, Encrypted: c.encrypted}
	c.sender, c.rcpts = nil, nil
	if complaint := illFormed(content); complaint != "" {
		return c.say("550 5.6.0 " + complaint)
	}
	const accepted = "250 2.0.0 Queued"
	t := c.box.next(AtFinal, "")
	if t == nil || t.Stored || t.Reply == "" && !t.Cut && !t.Half {
		c.box.keep(m)
	}
	if t == nil {
		return c.say(accepted)
	}
	_, err = proceed(c.fail(t, accepted))
	return err
}

// readData reads up to the line that is a dot alone.
func (c *conversation) readData() ([]byte, error) {
	var content bytes.Buffer
	for {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if bytes.Equal(line, []byte(".\r\n")) && (content.Len() == 0 || bytes.HasSuffix(content.Bytes(), []byte("\r\n"))) {
			return content.Bytes(), nil
		}
		content.Write(bytes.TrimPrefix(line, []byte(".")))
	}
}

// illFormed says what RFC 5321, section 2.3.8, and RFC 5322, section 2.1.1,
// do not allow in a mail: line ends that are not CRLF, and lines of more than
// 998 bytes.
func illFormed(content []byte) string {
	for line := range bytes.SplitSeq(content, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n") {
			return "Bare line feed or carriage return"
		}
		if len(line) > 998 {
			return "Line too long"
		}
	}
	return ""
}

// say sends a reply; each line of it but the last is marked as continued.
func (c *conversation) say(reply string) error {
	lines := strings.Split(reply, "\n")
	for i, line := range lines {
		if i < len(lines)-1 && len(line) > 3 {
			lines[i] = line[:3] + "-" + line[4:]
		}
	}
	_, err := c.conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	return err
}

// readLine reads a command without its line end.
func (c *conversation) readLine() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
