package smtp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxReply is how many bytes the server may send before the client sends again.
// The longest reply is the list of extensions, some hundred bytes.
const maxReply = 64 << 10

// earlyWait is how long a reply that comes too early is waited for, with the first mail
// over a connection. If the server answered that one in time, what has come by then counts
// with the next ones: to wait even a moment would double the time that a mail takes.
const earlyWait = 5 * time.Millisecond

// wire is the connection below an SMTP client. It limits how much the server
// sends, because the client keeps all of it. It can repeat the greeting from
// before TLS began, because the client waits for one, and the reply to EHLO, because
// the client says that again after RSET, and some servers want to hear it once. It
// passes on only whole lines, because the client would take the beginning of a line
// for a reply.
type wire struct {
	net.Conn
	left   int
	replay string
	// hello is what the server replied to EHLO; reset says that the client says it
	// once more.
	hello string
	reset bool
	// together are commands that the client says after the next one, and that are sent
	// with it; ahead are those that were sent, and that the client has yet to say.
	together, ahead []string
	// lines are whole lines that were not read yet; begun is the beginning of
	// the next line.
	lines, begun []byte
	// room takes what is read.
	room [4096]byte
	// ending says that what is written now ends a mail's data; inTime, that no reply to
	// the mail before came before its end.
	ending, inTime bool
	// heard, if it is set, gets a copy of what is read.
	heard *strings.Builder
}

func (w *wire) Read(p []byte) (int, error) {
	if w.replay != "" {
		n := copy(p, w.replay)
		w.replay = w.replay[n:]
		return n, nil
	}
	for len(w.lines) == 0 {
		if w.left <= 0 {
			return 0, fmt.Errorf("%w: the reply has no end", ErrNotSMTP)
		}
		if err := w.hear(); err != nil {
			return 0, err
		}
	}
	// One line at a time: what comes too early must not be lost in a buffer above.
	n := copy(p, w.lines[:bytes.IndexByte(w.lines, '\n')+1])
	w.lines = w.lines[n:]
	if w.heard != nil {
		w.heard.Write(p[:n])
	}
	return n, nil
}

// hear reads from the server.
func (w *wire) hear() error {
	n, err := w.Conn.Read(w.room[:])
	w.left -= n
	w.begun = append(w.begun, w.room[:n]...)
	if end := bytes.LastIndexByte(w.begun, '\n') + 1; end > 0 {
		w.lines, w.begun = w.begun[:end:end], w.begun[end:]
		return nil
	}
	if errors.Is(err, io.EOF) && len(w.begun) > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (w *wire) Write(p []byte) (int, error) {
	w.left = maxReply
	if w.reset && bytes.HasPrefix(p, []byte("EHLO ")) {
		w.replay, w.reset = w.hello, false
		return len(p), nil
	}
	if len(w.ahead) > 0 && w.ahead[0] == string(p) {
		w.ahead = w.ahead[1:]
		return len(p), nil
	}
	if len(w.together) > 0 {
		return w.writeTogether(p)
	}
	if !w.ending {
		return w.Conn.Write(p)
	}
	// The last line has been ended, which the client does once more.
	end := bytes.TrimPrefix(p, []byte("\r\n"))
	if err := w.early(); err != nil {
		return 0, err
	}
	n, err := w.Conn.Write(end)
	return len(p) - len(end) + n, err
}

// writeTogether writes a command and those that follow it at once (RFC 2920, section 3.1).
func (w *wire) writeTogether(p []byte) (int, error) {
	w.ahead, w.together = w.together, nil
	_, err := w.Conn.Write(slices.Concat(p, []byte(strings.Join(w.ahead, ""))))
	return len(p), err
}

// early returns an error if the server has replied to a mail whose end it does not
// have yet. Such a server may have the mail, half of it, or nothing; but a refusal
// is one whenever it comes.
func (w *wire) early() error {
	if len(w.lines)+len(w.begun) == 0 {
		wait := earlyWait
		if w.inTime && !w.hasMore() {
			if _, encrypted := w.Conn.(*tls.Conn); !encrypted {
				return nil
			}
			wait = 0 // TLS may have read it already.
		}
		deadline := time.Now().Add(wait) //nolint:forbidigo // The deadlines of a connection are by this clock.
		if err := w.SetReadDeadline(deadline); err != nil {
			return err
		}
		err := w.hear()
		if reset := w.SetReadDeadline(time.Time{}); reset != nil {
			return reset
		}
		if err != nil {
			w.inTime = true
			return nil //nolint:nilerr // Nothing came, or the connection is lost, which the next step meets.
		}
	}
	code, text, _ := strings.Cut(string(w.lines), " ")
	if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 {
		return &textproto.Error{Code: n, Msg: strings.TrimSpace(text)}
	}
	return ErrEarlyVerdict
}

// hasMore tells whether the system has bytes from the server that were not read, or cannot
// tell.
func (w *wire) hasMore() bool {
	conn := w.Conn
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	there := 0
	raw, err := socket.SyscallConn()
	if err == nil {
		err = raw.Read(func(fd uintptr) bool {
			var first [1]byte
			there, _, _ = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK)
			return true
		})
	}
	return err != nil || there > 0
}

// startTLS sends EHLO and STARTTLS, and nothing else, without encryption. go-smtp
// could do it, but it always gives "localhost" as its name then, which makes some
// servers close the connection, and it does not say which step failed.
func (c *session) startTLS(ctx context.Context, w *wire) error {
	buffered := bufio.NewReader(w)
	text := textproto.NewReader(buffered)
	ask := func(expected int, command string) (string, error) {
		if _, err := w.Write([]byte(command + "\r\n")); err != nil {
			return "", err
		}
		_, answer, err := text.ReadResponse(expected)
		return answer, err
	}
	var extensions string
	err := c.step(ctx, StageGreeting, c.options.Timeout, func() error {
		if _, _, err := text.ReadResponse(220); err != nil {
			return err
		}
		var err error
		extensions, err = ask(250, "EHLO "+c.localName())
		return err
	})
	if err != nil {
		return err
	}
	if !offersStartTLS(extensions) {
		return &Error{Stage: StageTLS, Err: ErrNoStartTLS}
	}
	err = c.step(ctx, StageTLS, c.options.Timeout, func() error {
		_, err := ask(220, "STARTTLS")
		// What comes after the reply without encryption may be somebody
		// else's, who wants it to be taken for what the server says over TLS.
		if err == nil && buffered.Buffered()+len(w.lines)+len(w.begun) > 0 {
			err = fmt.Errorf("%w: it goes on unencrypted after STARTTLS", ErrNotSMTP)
		}
		return err
	})
	w.replay = "220 greeted before TLS\r\n"
	return err
}

// offersStartTLS looks for the keyword in the reply to EHLO, after its first line.
func offersStartTLS(extensions string) bool {
	lines := strings.Split(extensions, "\n")
	for _, line := range lines[1:] {
		if keyword, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(keyword, "STARTTLS") {
			return true
		}
	}
	return false
}
