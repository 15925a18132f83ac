//go:build bench

package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// sink is a mail server that takes every mail at once and reads none: what it costs
// is the same for all who mail.
type sink struct {
	net.Listener

	mu    sync.Mutex
	count int
	// keep lets it keep the mails.
	keep bool
	kept []envelope
}

// envelope is a mail as it arrived.
type envelope struct {
	// commands are MAIL and RCPT, without the ends of the lines.
	commands []string
	// content is what follows DATA, up to and with the dot.
	content []byte
}

func listen(keep bool) (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	return &sink{Listener: l, keep: keep}, err
}

func (s *sink) serve() {
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		go s.talk(c)
	}
}

// talk has a conversation. Answers wait while commands that were sent together are there.
func (s *sink) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	r, w := bufio.NewReader(c), bufio.NewWriter(c)
	_, _ = w.WriteString("220 sink ESMTP\r\n")
	var mail envelope
	for {
		if r.Buffered() == 0 && w.Flush() != nil {
			return
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		answer := "250 2.0.0 OK"
		switch verb {
		case "EHLO":
			answer = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
		case "MAIL", "RCPT":
			mail.commands = append(mail.commands, line)
		case "RSET":
			mail = envelope{}
		case "DATA":
			_, _ = w.WriteString("354 Go on\r\n")
			if w.Flush() != nil {
				return
			}
			if mail.content, err = content(r); err != nil {
				return
			}
			s.take(mail)
			mail = envelope{}
		case "XCOUNT": // for the benchmark alone
			s.mu.Lock()
			answer = fmt.Sprintf("250 %d", s.count)
			s.mu.Unlock()
		case "QUIT":
			_, _ = w.WriteString("221 2.0.0 Bye\r\n")
			_ = w.Flush()
			return
		}
		_, _ = w.WriteString(answer + "\r\n")
	}
}

// content reads up to the line with a dot.
func content(r *bufio.Reader) ([]byte, error) {
	var b bytes.Buffer
	for {
		line, err := r.ReadSlice('\n')
		b.Write(line)
		if err != nil || string(line) == ".\r\n" {
			return b.Bytes(), err
		}
	}
}

func (s *sink) take(mail envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if s.keep {
		s.kept = append(s.kept, mail)
	}
}

func (s *sink) port() int {
	return s.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // It listens on TCP.
}

// sinkVariable makes this test binary a sink, in a process of its own.
const sinkVariable = "CRM_TOOL_BENCH_SINK"

// runSink serves until standard input ends.
func runSink() error {
	s, err := listen(false)
	if err != nil {
		return err
	}
	fmt.Println(s.port())
	go s.serve()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startSink starts the process, which ends with the test, and returns its port.
func startSink(t *testing.T) int {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self)
	cmd.Env = append(os.Environ(), sinkVariable+"=1")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait())
	})
	var port int
	_, err = fmt.Fscan(stdout, &port)
	require.NoError(t, err)
	return port
}

// arrived asks a sink how many mails it took.
func arrived(t *testing.T, port int) (mails int) {
	t.Helper()
	c, err := textproto.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	_, _, err = c.ReadResponse(220)
	require.NoError(t, err)
	_, err = c.Cmd("XCOUNT")
	require.NoError(t, err)
	_, message, err := c.ReadResponse(250)
	require.NoError(t, err)
	_, err = fmt.Sscan(message, &mails)
	require.NoError(t, err)
	return mails
}

// pour sends mails over so many connections, each command after the answer to the last.
func pour(t *testing.T, port int, mails []envelope, connections int) {
	t.Helper()
	share := (len(mails) + connections - 1) / connections
	failures := make(chan error, connections)
	parts := 0
	for part := range slices.Chunk(mails, share) {
		parts++
		go func() { failures <- send(port, part) }()
	}
	for range parts {
		require.NoError(t, <-failures)
	}
}

func send(port int, mails []envelope) error {
	c, err := textproto.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, _, err := c.ReadResponse(220); err != nil {
		return err
	}
	say := func(code int, line string) error {
		if _, err := c.Cmd("%s", line); err != nil {
			return err
		}
		_, _, err := c.ReadResponse(code)
		return err
	}
	if err := say(250, "EHLO localhost"); err != nil {
		return err
	}
	for _, m := range mails {
		for _, command := range m.commands {
			if err := say(250, command); err != nil {
				return err
			}
		}
		if err := say(354, "DATA"); err != nil {
			return err
		}
		if _, err := c.W.Write(m.content); err != nil {
			return err
		}
		if err := c.W.Flush(); err != nil {
			return err
		}
		if _, _, err := c.ReadResponse(250); err != nil {
			return err
		}
	}
	return say(221, "QUIT")
}
