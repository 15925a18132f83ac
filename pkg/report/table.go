package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// pageSize is how many items a table collects to measure its columns.
const pageSize = 1000

// Colours of a terminal, as SGR parameters (ECMA-48).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// tableWriter writes the items for a person: a table, a sentence for each reason in
// it, and the summary as the last line.
type tableWriter struct {
	frame

	grid *grid
	rows [][]cell
}

func tableHeader(h Head) []string {
	if h.NoMails {
		return []string{"ID", "NAME", "OUTCOME", "DETAIL"}
	}
	if h.Activities {
		return []string{"ID", "NAME", "ACTIVITY", "OUTCOME", "DETAIL"}
	}
	return []string{"ID", "NAME", "STEP", "OUTCOME", "DETAIL"}
}

// Item adds a row.
func (w *tableWriter) Item(item Item) error {
	w.counts.Add(item)
	w.rows = append(w.rows, row(w.head, item))
	if len(w.rows) < pageSize {
		return w.out.err
	}
	return w.flush()
}

// Close writes the rest, the sentences and the summary.
func (w *tableWriter) Close(t Tail) error {
	if err := w.flush(); err != nil {
		return err
	}
	var b strings.Builder
	if w.grid.begun {
		b.WriteByte('\n')
	}
	reasons := map[crm.Reason]int{}
	for _, counts := range w.counts.reasons {
		maps.Copy(reasons, counts)
	}
	delete(reasons, "")
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		b.WriteString(w.grid.sentence(string(r) + ": " + Explain(r)))
	}
	b.WriteString(w.grid.sentence(w.summary(t)))
	return w.out.write(b.String())
}

func (w *tableWriter) flush() error {
	rows := w.rows
	w.rows = nil
	return w.grid.page(rows)
}

func row(h Head, item Item) []cell {
	cells := []cell{
		{text: strconv.FormatInt(int64(item.Opportunity), 10)},
		cell{text: item.Name}.short(),
	}
	if !h.NoMails {
		part := item.ActivityType
		switch {
		case item.Step != nil:
			part = strconv.Itoa(*item.Step)
		case item.Reminder:
			part = strings.TrimPrefix(part+", reminder", ", ")
		}
		cells = append(cells, cell{text: part}.short())
	}
	return append(cells,
		cell{text: string(item.Outcome), color: color(item.Outcome)},
		cell{text: detail(h, item), whole: item.Outcome == Failed || item.Outcome == Skipped}.short(),
	)
}

// detail returns the addresses of a mail, and the cause for everything else. Where
// the records are not about mails, what happens to the record comes first: a
// narrow screen cuts off the end.
func detail(h Head, item Item) string {
	if len(item.To) == 0 || item.Outcome == Skipped || item.Outcome == Failed {
		return cause(item)
	}
	text := strings.Join(item.To, ", ")
	if len(item.CC) > 0 {
		text += ", cc " + strings.Join(item.CC, ", ")
	}
	switch note := clean(item.Note); {
	case note == "":
		return text
	case h.NoMails:
		return note + "; mail to " + text
	default:
		return text + "; " + note
	}
}

// cause returns an item's reason, its error and its note.
func cause(item Item) string {
	texts := []string{string(item.Reason), clean(item.Error), clean(item.Note)}
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ": ")
}

func color(o Outcome) string {
	switch o {
	case Planned:
		return cyan
	case Sent, Archived, Restored, Collected:
		return green
	case Skipped:
		return yellow
	case Failed:
		return red
	}
	return ""
}
