package smtp_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

// FuzzReplies looks for a server whose words make the client hang, fail without
// an *Error that fits on a line, or say of a mail what cannot be known.
func FuzzReplies(f *testing.F) {
	const whole = "220 ready\r\n250-mail.example.com\r\n250 SIZE 1000\r\n250 OK\r\n250 OK\r\n354 go on\r\n250 2.0.0 taken\r\n221 bye\r\n"
	for _, said := range []string{
		"", "\r\n", "220", whole, whole[:60], strings.ReplaceAll(whole, "\r\n", "\n"),
		strings.Replace(whole, "250 OK", "550 5.1.1 nobody", 1), strings.Replace(whole, "250 2.0.0", "552-5.3.4 too\r\n552 5.3.4", 1),
		strings.Replace(whole, "354", "250", 1), strings.Replace(whole, "SIZE 1000", "SIZE -1", 1),
		"421 4.3.2 \x1b[2Jbusy\u202e\r\n", "220-" + strings.Repeat("x", 600), "HTTP/1.1 400 Bad Request\r\n\r\n", "999 x\r\n", "220 a\r\n1 \xff\r\n",
	} {
		f.Add([]byte(said))
	}
	var said atomic.Pointer[[]byte]
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f, err)
	f.Cleanup(func() { assert.NoError(f, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // The test has ended.
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
				// The client may hang up at any time.
				_, _ = conn.Write(*said.Load())
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	f.Fuzz(func(t *testing.T, words []byte) {
		said.Store(&words)
		sender, err := smtp.New(optionsFor(listener))
		require.NoError(t, err)
		defer sender.Close()
		begun := false
		_, err = sender.Deliver(t.Context(), envelope("sam@example.com"), raw, func() error { begun = true; return nil })
		possible := begun && bytes.Contains(words, []byte("354"))
		if err == nil {
			require.True(t, possible, "sent")
			return
		}
		var e *smtp.Error
		require.True(t, errors.As(err, &e), "%v", err)
		require.True(t, possible || e.Failure() != ledger.FailureUnknown, "unknown: %v", err)
		require.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }), "%q", err.Error())
	})
}
