package report

import (
	"fmt"
	"io"
)

// NewProblems returns the writer for --quiet. It writes nothing unless something
// failed; then it writes a line for each failed item, and the summary. Both are
// without names and addresses, because cron mails them.
func NewProblems(w io.Writer, h Head) Writer { return &problemsWriter{newFrame(w, h)} }

type problemsWriter struct{ frame }

// Item writes the item if it failed.
func (w *problemsWriter) Item(item Item) error {
	w.counts.Add(item)
	if item.Outcome != Failed {
		return w.out.err
	}
	line := fmt.Sprintf("opportunity %d", item.Opportunity)
	if item.Step != nil {
		line += fmt.Sprintf(", step %d", *item.Step)
	}
	return w.out.write(line + ": " + WithoutAddresses(cause(item)) + "\n")
}

// Close writes the summary if an item failed.
func (w *problemsWriter) Close(t Tail) error {
	if w.counts.Of(Failed) == 0 {
		return w.out.err
	}
	return w.out.write(w.summary(t) + "\n")
}
