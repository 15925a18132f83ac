package console

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// Console writes for a person or a script, as the flags of every command ask.
type Console struct {
	Env

	Quiet, Verbose, NoColor bool
	// LogFormat is text or json.
	LogFormat string

	status *statusLine
}

// New returns a console whose output leaves room for a line of progress.
func New(env Env) *Console {
	status := &statusLine{terminal: env.Stderr, width: env.ErrWidth}
	env.Stdout, env.Stderr = &above{status, env.Stdout}, &above{status, env.Stderr}
	return &Console{Env: env, LogFormat: "text", status: status}
}

// OutputError says that standard output or a file for the user cannot be
// written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "write the output: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// Print writes a result to standard output.
func (c *Console) Print(format string, args ...any) error {
	if _, err := fmt.Fprintf(c.Stdout, format, args...); err != nil {
		return &OutputError{Err: err}
	}
	return nil
}

// Tell writes a line to standard output, unless the console is quiet.
func (c *Console) Tell(format string, args ...any) error {
	if c.Quiet {
		return nil
	}
	return c.Print(format+"\n", args...)
}

// Say writes a message to standard error. If that fails, there is nobody to
// tell.
func (c *Console) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(visible{c.Stderr}, format, args...)
}

// Note is [Console.Say], unless the console is quiet.
func (c *Console) Note(format string, args ...any) {
	if !c.Quiet {
		c.Say(format, args...)
	}
}

// visible keeps what others wrote, in Odoo or on the way, from controlling the
// terminal. Each message is written at once.
type visible struct{ w io.Writer }

func (v visible) Write(p []byte) (int, error) {
	if _, err := io.WriteString(v.w, report.Visible(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Logger returns a logger that writes to standard error.
func (c *Console) Logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	switch {
	case c.Verbose:
		options.Level = slog.LevelDebug
	case c.Quiet:
		options.Level = slog.LevelError
	}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(visible{c.Stderr}, options))
	}
	return slog.New(slog.NewTextHandler(visible{c.Stderr}, options))
}

// TableOptions returns how tables look on standard output.
func (c *Console) TableOptions() report.TableOptions {
	return report.TableOptions{Width: c.Width, Color: c.Width > 0 && c.colored()}
}

// WriteRows writes a table whose cells are never cut.
func (c *Console) WriteRows(header []string, rows [][]string) error {
	options := c.TableOptions()
	options.Whole = true
	return report.WriteRows(c.Stdout, header, rows, options)
}

func (c *Console) colored() bool { return !c.NoColor && c.Getenv("NO_COLOR") == "" }

// Prose fills the paragraphs of a text for standard output.
func (c *Console) Prose(text string) string { return Reflow(text, c.Width) }

// readable is the longest line of prose, however wide the terminal is.
const readable = 100

// Reflow fills the paragraphs of a text for a terminal with that many columns;
// 0 is for a pipe. A paragraph with an indented line stays as it is.
func Reflow(text string, width int) string {
	if width == 0 {
		width = readable
	}
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ") {
			b.WriteString(paragraph + "\n")
			continue
		}
		for _, line := range Lines(paragraph, min(width, readable)) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Lines breaks a text between its words into lines of at most that width.
func Lines(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
