package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxAnswer bounds what is read from standard input at once.
const maxAnswer = 64 << 10

// AtTerminal says whether there is somebody to ask, who sees the questions.
func (c *Console) AtTerminal() bool { return c.ReadSecret != nil && c.Width > 0 }

// Ask asks for a line at the terminal.
func (c *Console) Ask(ctx context.Context, question string) (string, error) {
	c.Say("%s", question)
	return awaited(ctx, func() (string, error) { return readLine(c.Stdin) })
}

// Confirm asks a question until the answer is yes or no. Enter alone takes the
// default. Any other answer is offered to other, unless that is nil; if it takes
// the answer, the result is no.
func (c *Console) Confirm(ctx context.Context, question string, enter bool, other func(answer string) bool) (bool, error) {
	choices := " [y/N] "
	if enter {
		choices = " [Y/n] "
	}
	for {
		answer, err := c.Ask(ctx, question+choices)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "":
			return enter, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		if other != nil && other(answer) {
			return false, nil
		}
	}
}

// AskSecret asks for a line at the terminal and does not show it. Without a
// terminal it is [Console.PipedSecret].
func (c *Console) AskSecret(ctx context.Context, question string) (string, error) {
	if c.ReadSecret == nil {
		return c.PipedSecret()
	}
	c.Say("%s", question)
	secret, err := c.ReadSecret(ctx)
	c.Say("\n")
	return secret, err
}

// PipedSecret returns all of standard input, without the line's end.
func (c *Console) PipedSecret() (string, error) {
	text, err := io.ReadAll(io.LimitReader(c.Stdin, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("read the secret from standard input: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// readLine reads one line and nothing beyond: what follows may be meant for
// another reader.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < maxAnswer; {
		n, err := r.Read(b)
		if n > 0 && b[0] == '\n' {
			break
		}
		line = append(line, b[:n]...)
		if err != nil && len(line) == 0 {
			return "", fmt.Errorf("read an answer from standard input: %w", err)
		}
		if err != nil {
			break
		}
	}
	return strings.TrimSpace(string(line)), nil
}

// awaited reads until the context ends: a read from a terminal ends by itself
// only with a line.
func awaited[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// secretReader returns a function that reads a line without showing it, or nil
// when f is no terminal. When the context ends, the terminal shows again what
// is typed.
func secretReader(f *os.File) func(context.Context) (string, error) {
	fd := int(f.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		secret, err := awaited(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
		if ctx.Err() != nil {
			_ = term.Restore(fd, state)
		}
		if err != nil {
			return "", fmt.Errorf("read the secret from the terminal: %w", err)
		}
		return strings.TrimRight(string(secret), "\r\n"), nil
	}
}
