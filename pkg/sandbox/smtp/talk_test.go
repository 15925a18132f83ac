package smtp_test

import (
	"net"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// talk sends lines over a connection of its own, waiting for the reply to
// each, and returns the last reply.
func talk(t *testing.T, addr string, lines ...string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	text := textproto.NewConn(conn)
	defer text.Close()
	last := hear(t, text)
	for _, line := range lines {
		require.NoError(t, text.PrintfLine("%s", line))
		last = hear(t, text)
	}
	return last
}

// hear reads a reply and returns its last line.
func hear(t *testing.T, text *textproto.Conn) string {
	t.Helper()
	for {
		line, err := text.ReadLine()
		require.NoError(t, err)
		if !strings.HasPrefix(line[3:], "-") {
			return line
		}
	}
}
