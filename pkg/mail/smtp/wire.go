package smtp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// maxReply is how many bytes the server may say before it is our turn again.
// Its longest reply is the list of its extensions, of some hundred bytes.
const maxReply = 64 << 10

var errTalkative = errors.New("the reply has no end")

// wire is the connection below an SMTP client. It bounds what the server says,
// for the client keeps all of it, and can repeat the greeting that was heard
// before TLS began, for the client waits for one. It passes on whole lines
// alone: of a line that breaks off, the client would take what came for a reply.
type wire struct {
	net.Conn
	left   int
	replay string
	// lines are those that came and were not read, begun is the beginning of
	// the next one.
	lines, begun []byte
}

func (w *wire) Read(p []byte) (int, error) {
	if w.replay != "" {
		n := copy(p, w.replay)
		w.replay = w.replay[n:]
		return n, nil
	}
	for len(w.lines) == 0 {
		if w.left <= 0 {
			return 0, fmt.Errorf("%w: %w", ErrNotSMTP, errTalkative)
		}
		if err := w.hear(); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.lines)
	w.lines = w.lines[n:]
	return n, nil
}

// hear takes what the server says.
func (w *wire) hear() error {
	var heard [4096]byte
	n, err := w.Conn.Read(heard[:])
	w.left -= n
	w.begun = append(w.begun, heard[:n]...)
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
	return w.Conn.Write(p)
}

// startTLS speaks in clear until the server is ready for TLS, and says nothing
// but EHLO and STARTTLS there. go-smtp could do it, but it always introduces
// itself as "localhost" then, for which some servers hang up, and does not tell
// which of the steps failed.
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
		// What was sent in clear after the reply is not the server's: taken
		// for its first words over TLS it could steer the conversation.
		if err == nil && buffered.Buffered()+len(w.lines)+len(w.begun) > 0 {
			err = fmt.Errorf("%w: it goes on in clear after STARTTLS", ErrNotSMTP)
		}
		return err
	})
	w.replay = "220 greeted before TLS\r\n"
	return err
}

// offersStartTLS looks for the keyword in the lines that follow the first one
// of the reply to EHLO.
func offersStartTLS(extensions string) bool {
	lines := strings.Split(extensions, "\n")
	for _, line := range lines[1:] {
		if keyword, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(keyword, "STARTTLS") {
			return true
		}
	}
	return false
}
