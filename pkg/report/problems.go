package report

import (
	"fmt"
	"io"
)

// NewProblems returns the writer for a run that shall be quiet: it writes
// nothing unless something failed. Then it writes a line for each failed item
// and the summary, all without names and addresses: its readers are the
// mailbox of a cron job and whoever else can read that.
func NewProblems(w io.Writer, h Head) Writer {
	return &problemsWriter{out: &output{w: w}, head: h}
}

type problemsWriter struct {
	out    *output
	head   Head
	counts Counts
}

// Item adds an item; it is written when it failed.
func (w *problemsWriter) Item(item Item) error {
	w.counts.Add(item)
	if item.Outcome != Failed {
		return w.out.err
	}
	line := fmt.Sprintf("opportunity %d", item.Opportunity)
	if item.Step != nil {
		line += fmt.Sprintf(", step %d", *item.Step)
	}
	return w.out.write([]byte(line + ": " + withoutAddresses(cause(item)) + "\n"))
}

// Close adds the summary when an item failed.
func (w *problemsWriter) Close(t Tail) error {
	if w.counts.Of(Failed) == 0 {
		return w.out.err
	}
	return w.out.write([]byte(Summary(w.head, t.counts(&w.counts), t) + "\n"))
}
