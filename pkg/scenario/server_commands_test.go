package scenario_test

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

func serverCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"refuse":  refuse,
		"cut":     cut,
		"reset":   reset,
		"webpage": webpage,
		"nobody":  nobody,
		"strip":   strip,
		"oauth2":  startTokens,
		"tokens":  tellTokens,

		"elsewhere": elsewhere,
		"proxy":     startProxy,
		"fault":     injectFault,
		"clock":     setClock,

		"backup":  backup,
		"restore": restore,
		"settle":  settle,
	}
}

// settle waits for a replica.
func settle(s *script, args []string) {
	s.arguments(args)
	require.NoError(s, s.Settle())
}

// refuse makes the mail server answer otherwise at a step of the conversation.
func refuse(s *script, args []string) {
	trouble, rest := s.trouble(args)
	require.NotEmpty(s, rest, "write: refuse STEP [address=ADDRESS] [beyond=N] [skip=N] [times=N] REPLY")
	trouble.Reply = strings.Join(rest, " ")
	s.mailbox.Inject(trouble)
}

// cut makes it hang up at a step; with stored, a mail is kept all the same.
func cut(s *script, args []string) {
	trouble, rest := s.trouble(args)
	require.Empty(s, rest, "write: cut STEP [address=ADDRESS] [beyond=N] [skip=N] [times=N] [stored]")
	trouble.Cut = true
	s.mailbox.Inject(trouble)
}

// trouble reads a step and options; what follows them is returned.
func (s *script) trouble(args []string) (sandboxsmtp.Fault, []string) {
	require.NotEmpty(s, args, "name the step of the conversation")
	trouble := sandboxsmtp.Fault{Step: sandboxsmtp.Step(args[0])}
	require.Contains(s, sandboxsmtp.Steps(), trouble.Step)
	for args = args[1:]; len(args) > 0; args = args[1:] {
		name, value, _ := strings.Cut(args[0], "=")
		switch name {
		case "address":
			trouble.Address = value
		case "beyond":
			trouble.Beyond = s.number(value, 0)
		case "times":
			trouble.Times = s.number(value, 0)
		case "skip":
			trouble.Skip = s.number(value, 0)
		case "stored":
			trouble.Stored = true
		default:
			return trouble, args
		}
	}
	return trouble, nil
}

// reset makes the mail server forget its mails and its troubles.
func reset(s *script, args []string) {
	s.arguments(args)
	s.mailbox.Reset()
}

// webpage starts a web server that is no Odoo, and puts its URL into a
// variable.
func webpage(s *script, args []string) {
	require.NotEmpty(s, args, "write: webpage VARIABLE [status=CODE]")
	status := http.StatusOK
	if code := s.options(args[1:], "status")["status"]; code != "" {
		var err error
		status, err = strconv.Atoi(code)
		require.NoError(s, err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<!doctype html><title>Welcome</title><h1>It works!</h1>")) // The client may be gone.
	}))
	s.ts.Defer(server.Close)
	s.ts.Setenv(args[0], server.URL)
}

// nobody puts the port of a server that does not run into a variable.
func nobody(s *script, args []string) {
	s.arguments(args, "VARIABLE")
	s.ts.Setenv(args[0], strconv.Itoa(closedPort))
}

// strip puts somebody between the tool and its mail server who makes the offer
// of STARTTLS unreadable, and who must not be told anything after that.
func strip(s *script, args []string) {
	s.arguments(args)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, listener.Close()) })
	server := "127.0.0.1:" + s.ts.Getenv("CRM_TOOL_SMTP_PORT")
	t := s.tb
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // The script has ended.
			}
			go stripConversation(t, conn, server)
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(s, err)
	s.ts.Setenv("CRM_TOOL_SMTP_PORT", port)
}

func stripConversation(t testing.TB, client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if !assert.NoError(t, err) {
		return
	}
	defer server.Close()
	go func() {
		for lines := bufio.NewScanner(server); lines.Scan(); {
			line := strings.ReplaceAll(lines.Text(), "STARTTLS", "XXXXXXXA")
			if _, err := fmt.Fprintf(client, "%s\r\n", line); err != nil {
				return
			}
		}
	}()
	for lines := bufio.NewScanner(client); lines.Scan(); {
		verb, _, _ := strings.Cut(lines.Text(), " ")
		assert.Contains(t, []string{"EHLO", "QUIT"}, verb, "said in clear")
		if _, err := fmt.Fprintf(server, "%s\r\n", lines.Text()); err != nil {
			return
		}
	}
}

// elsewhere puts another address of the same Odoo into a variable.
func elsewhere(s *script, args []string) {
	s.arguments(args, "VARIABLE")
	s.ts.Setenv(args[0], newProxy(s.tb, s.Connection().URL).URL)
}

// startProxy puts a proxy between the tool and Odoo.
func startProxy(s *script, args []string) {
	s.arguments(args)
	s.proxy = newProxy(s.tb, s.Connection().URL)
	s.ts.Setenv("CRM_TOOL_ODOO_URL", s.proxy.URL)
}

// injectFault makes the next calls of a method fail at the proxy; without
// arguments, all calls succeed again.
func injectFault(s *script, args []string) {
	require.NotNil(s, s.proxy, "no proxy")
	if len(args) == 0 {
		s.proxy.reset()
		return
	}
	require.GreaterOrEqual(s, len(args), 3, "write: fault KIND MODEL METHOD [about=TEXT] [skip=N] [times=N]")
	o := s.options(args[3:], "about", "skip", "times")
	s.proxy.inject(proxyFault{
		call: args[1] + " " + args[2], about: o["about"], does: faultNamed(s, args[0]), skip: s.number(o["skip"], 0), times: s.number(o["times"], math.MaxInt),
	})
}

// number reads a number, which has a default.
func (s *script) number(text string, fallback int) int {
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	require.NoError(s, err)
	return n
}

// setClock makes Odoo's clock seem to be fast, or slow.
func setClock(s *script, args []string) {
	require.NotNil(s, s.proxy, "no proxy")
	s.arguments(args, "DURATION")
	ahead, err := time.ParseDuration(args[0])
	require.NoError(s, err)
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.ahead = ahead
}

// backup remembers what is in Odoo.
func backup(s *script, args []string) {
	s.arguments(args)
	s.backedUp = s.backup()
}

// restore takes away what was written since the backup.
func restore(s *script, args []string) {
	s.arguments(args)
	require.NotNil(s, s.backedUp, "backup comes first")
	s.restore(s.backedUp)
}
