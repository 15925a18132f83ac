package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"regexp"
	"strings"
	"unicode"
)

// errHangUp ends a conversation.
var errHangUp = errors.New("connection closed")

// pathArgument is the argument of MAIL and RCPT (RFC 5321, section 4.1.2): an
// address in angle brackets, then parameters.
var pathArgument = regexp.MustCompile(`(?i)^(FROM|TO):<([^<>\s]*)>((?: [A-Z0-9][A-Z0-9-]*(?:=[!-<>-~]+)?)*)$`)

// conversation is one SMTP session (RFC 5321).
type conversation struct {
	box *Mailbox
	// others is how many conversations went on when this one began.
	others    int
	conn      net.Conn
	in        *bufio.Reader
	encrypted bool
	greeted   bool
	user      string
	sender    *string
	rcpts     []string
	// err is why the conversation is over; nil while it goes on. Nothing is
	// said or read after it.
	err error
}

// newConversation prepares to talk over a connection.
func newConversation(b *Mailbox, conn net.Conn, others int) *conversation {
	c := &conversation{box: b, others: others}
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
	if !c.answer(AtConnect, "", "220 mail.sandbox.example ESMTP") {
		return
	}
	for c.err == nil {
		verb, argument, _ := strings.Cut(c.readLine(), " ")
		c.command(strings.ToUpper(verb), argument)
	}
}

// command answers one command.
func (c *conversation) command(verb, argument string) {
	switch verb {
	case "EHLO", "HELO":
		c.hello(verb, argument)
	case "STARTTLS":
		c.startTLS()
	case "AUTH":
		c.auth(argument)
	case "MAIL":
		c.mail(argument)
	case "RCPT":
		c.rcpt(argument)
	case "DATA":
		c.data()
	case "RSET":
		c.sender, c.rcpts = nil, nil
		c.say("250 2.0.0 Flushed")
	case "NOOP":
		c.say("250 2.0.0 Still here")
	case "QUIT":
		c.answer(AtQuit, "", "221 2.0.0 Bye")
		c.err = errHangUp
	default:
		c.say("500 5.5.2 Command unrecognized")
	}
}

// hello answers EHLO with what the server offers.
func (c *conversation) hello(verb, name string) {
	if name == "" {
		c.say("501 5.5.4 Who are you?")
		return
	}
	lines := []string{"mail.sandbox.example greets " + name}
	if verb == "EHLO" {
		lines = append(lines, "ENHANCEDSTATUSCODES", "SIZE 26214400")
		if !c.box.options.SevenBit {
			lines = append(lines, "8BITMIME")
		}
		if c.box.options.TLS == StartTLS && !c.encrypted {
			lines = append(lines, "STARTTLS")
		}
		if c.box.options.User != "" && c.encrypted {
			lines = append(lines, "AUTH "+c.box.tokenServer().mechanisms())
		}
	}
	c.greeted = c.answer(AtHello, "", "250 "+strings.Join(lines, "\n250 ")) || c.greeted
	c.sender, c.rcpts = nil, nil
}

// startTLS begins encryption.
func (c *conversation) startTLS() {
	switch {
	case c.box.options.TLS != StartTLS || c.encrypted:
		c.say("502 5.5.1 Not offered")
		return
	case !c.answer(AtStartTLS, "", "220 2.0.0 Go ahead"):
		return
	case c.in.Buffered() > 0: // commands that were smuggled in before the handshake
		c.err = errHangUp
		return
	}
	secure := tls.Server(c.conn, c.box.tls)
	c.err = secure.HandshakeContext(c.box.ctx)
	c.speakOver(secure)
	c.encrypted, c.greeted, c.user = true, false, ""
}

// auth checks a login (RFC 4954) by PLAIN, LOGIN or, where tokens are wanted, XOAUTH2.
func (c *conversation) auth(argument string) {
	switch {
	case c.box.options.User == "" || !c.encrypted:
		c.say("502 5.5.1 Not offered")
		return
	case c.user != "":
		c.say("503 5.5.1 Already logged in")
		return
	}
	mechanism, initial, _ := strings.Cut(argument, " ")
	if tokens := c.box.tokenServer(); tokens != nil {
		c.authByToken(tokens, strings.ToUpper(mechanism), initial)
		return
	}
	user, password := c.credentials(strings.ToUpper(mechanism), initial)
	switch {
	case user != c.box.options.User || password != c.box.options.Password:
		c.say("535 5.7.8 Authentication credentials invalid")
	case c.answer(AtAuth, mechanism, "235 2.7.0 Authenticated"):
		c.user = user
	}
}

// credentials asks for a login. What it cannot understand is a wrong one.
func (c *conversation) credentials(mechanism, initial string) (user, password string) {
	switch mechanism {
	case "PLAIN":
		if parts := strings.Split(c.ask("", initial), "\x00"); len(parts) == 3 {
			return parts[1], parts[2]
		}
	case "LOGIN":
		return c.ask("Username:", initial), c.ask("Password:", "")
	}
	return "", ""
}

// ask returns what the client says to a challenge, or has said already.
func (c *conversation) ask(challenge, said string) string {
	if said == "" {
		c.say("334 " + encode(challenge))
		said = c.readLine()
	}
	raw, _ := base64.StdEncoding.DecodeString(said)
	return string(raw)
}

// mail begins a transaction.
func (c *conversation) mail(argument string) {
	address, ok := path("FROM", argument)
	switch {
	case !c.greeted:
		c.say("503 5.5.1 Say EHLO first")
	case c.box.options.TLS == StartTLS && !c.encrypted:
		c.say("530 5.7.0 Must issue a STARTTLS command first")
	case c.box.options.User != "" && c.user == "":
		c.say("530 5.7.0 Authentication required")
	case c.sender != nil:
		c.say("503 5.5.1 Nested MAIL command")
	case !ok:
		c.say("501 5.5.4 Syntax: MAIL FROM:<address>")
	case c.box.options.SevenBit && strings.Contains(strings.ToUpper(argument), " BODY="):
		c.say("555 5.5.4 BODY was not offered")
	case c.answer(AtMail, address, "250 2.1.0 Sender OK"):
		c.sender, c.rcpts = &address, nil
	}
}

// rcpt adds a recipient.
func (c *conversation) rcpt(argument string) {
	address, ok := path("TO", argument)
	switch {
	case c.sender == nil:
		c.say("503 5.5.1 Need MAIL command")
	case !ok || address == "":
		c.say("501 5.5.4 Syntax: RCPT TO:<address>")
	case c.answer(AtRcpt, address, "250 2.1.5 Recipient OK"):
		c.rcpts = append(c.rcpts, address)
	}
}

// path returns the address of a MAIL or RCPT argument.
func path(keyword, argument string) (address string, ok bool) {
	m := pathArgument.FindStringSubmatch(argument)
	if m == nil || !strings.EqualFold(m[1], keyword) {
		return "", false
	}
	return m[2], true
}

// data takes a mail.
func (c *conversation) data() {
	if len(c.rcpts) == 0 {
		c.say("503 5.5.1 No valid recipients")
		return
	}
	if !c.answer(AtData, "", "354 End data with <CR><LF>.<CR><LF>") {
		return
	}
	if t := c.next(AtBody, ""); t != nil {
		c.interrupt(t)
	}
	content := c.readData()
	if c.err != nil {
		return
	}
	m := Message{Sender: *c.sender, Recipients: c.rcpts, Data: content, User: c.user, Encrypted: c.encrypted}
	c.sender, c.rcpts = nil, nil
	if complaint := illFormed(content); complaint != "" {
		c.say("550 5.6.0 " + complaint)
		return
	}
	if c.box.options.SevenBit && bytes.ContainsFunc(content, func(r rune) bool { return r > unicode.MaxASCII }) {
		c.say("554 5.6.1 A byte has eight bits")
		return
	}
	t := c.next(AtFinal, "")
	if t == nil || t.Stored || t.Reply == "" && !t.Cut && !t.Half {
		c.box.keep(m)
	}
	c.reply(t, "250 2.0.0 Queued")
}

// readData reads up to the line that is a dot alone.
func (c *conversation) readData() []byte {
	var content bytes.Buffer
	for c.err == nil {
		var line []byte
		line, c.err = c.in.ReadBytes('\n')
		if bytes.Equal(line, []byte(".\r\n")) && (content.Len() == 0 || bytes.HasSuffix(content.Bytes(), []byte("\r\n"))) {
			break
		}
		content.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	return content.Bytes()
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
func (c *conversation) say(reply string) {
	lines := strings.Split(reply, "\n")
	for i, line := range lines {
		if i < len(lines)-1 && len(line) > 3 {
			lines[i] = line[:3] + "-" + line[4:]
		}
	}
	if c.err == nil {
		_, c.err = c.conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	}
}

// readLine reads a command without its line end.
func (c *conversation) readLine() string {
	if c.err != nil {
		return ""
	}
	line, err := c.in.ReadString('\n')
	if err != nil { // half a line is no command
		c.err = err
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}
