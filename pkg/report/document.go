package report

import (
	"fmt"
	"io"
	"regexp"
)

// WriteDocument writes one JSON document with the fields that all reports have:
// {"version": 1, "command": …, the fields of body, "finished": …, "exit": 0}. The
// body is a struct with at least one field. It returns an error when the body
// cannot be encoded, and a [*WriteError] when the output cannot be written.
func WriteDocument(w io.Writer, h Head, body any, t Tail) error {
	fields, err := encode(body)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	out := output{w: w}
	return out.write(start(h) + fields[1:len(fields)-1] + "," + end(t, "") + "\n")
}

// number matches a number, which no spreadsheet changes.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// WriteCSV writes a header and rows, cleaned as for [CSV]. A number keeps its sign.
func WriteCSV(w io.Writer, header []string, rows [][]string) error {
	out := &output{w: w}
	if err := writeRecord(out, header); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			if cells[i] = Short(text, causeMost); !number.MatchString(cells[i]) {
				cells[i] = inert(cells[i])
			}
		}
		if err := writeRecord(out, cells); err != nil {
			return err
		}
	}
	return nil
}
