package report

import (
	"encoding/csv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// csvWriter writes the same columns for every run. Several addresses in one cell
// are separated by spaces, which no address contains.
type csvWriter struct {
	frame

	begun bool
}

// Item adds a line.
func (w *csvWriter) Item(item Item) error {
	if err := w.begin(); err != nil {
		return err
	}
	step, activity := "", ""
	if item.Step != nil {
		step = strconv.Itoa(*item.Step)
	}
	if item.Activity != 0 {
		activity = strconv.FormatInt(int64(item.Activity), 10)
	}
	cells := []string{
		strconv.FormatInt(int64(item.Opportunity), 10), item.Name, step,
		strings.Join(item.To, " "), strings.Join(item.CC, " "),
		string(item.Outcome), string(item.Reason), item.Error, activity, item.ActivityType,
	}
	for i, text := range cells {
		cells[i] = inert(Short(text, causeMost))
	}
	return writeRecord(w.out, cells)
}

// Close writes the header when there was no item. CSV has no place for a summary;
// the exit status says when a run stopped early.
func (w *csvWriter) Close(Tail) error { return w.begin() }

// begin writes the header line, once.
func (w *csvWriter) begin() error {
	if w.begun {
		return w.out.err
	}
	w.begun = true
	return writeRecord(w.out, strings.Split("opportunity,name,step,to,cc,outcome,reason,error,activity,activity_type", ","))
}

// writeRecord writes one line of CSV. It uses a buffer because encoding/csv reports
// a failed write only when it flushes.
func writeRecord(out *output, cells []string) error {
	var line strings.Builder
	encoder := csv.NewWriter(&line)
	encoder.UseCRLF = true // RFC 4180, section 2
	if err := encoder.Write(cells); err != nil {
		return err
	}
	encoder.Flush()
	return out.write(line.String())
}

// inert puts an apostrophe before a cell that a spreadsheet would calculate: a
// formula in a client's name could send the other cells to a stranger. Programs
// ignore characters without a glyph before a formula, and take wide signs, as
// East Asian keyboards write them, for the usual ones.
func inert(cell string) string {
	visible := strings.TrimLeftFunc(cell, func(r rune) bool {
		return hidden(r) || unicode.IsSpace(r) || unicode.In(r, unicode.Mn, unicode.Other_Default_Ignorable_Code_Point)
	})
	if first, _ := utf8.DecodeRuneInString(visible); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
