package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// jsonStart and jsonEnd surround what a document is about. The types fix the order
// of the fields.
type (
	jsonStart struct {
		Version int `json:"version"`
		Head
	}
	jsonEnd struct {
		Counts json.RawMessage `json:"counts,omitempty"`
		Tail
	}
)

// jsonWriter writes [JSON] piece by piece, one item a line, or [NDJSON]. The comma
// between two items is written with the second one, so that Close may follow at
// any time.
type jsonWriter struct {
	frame

	lines bool
	items int
}

// Item adds an item.
func (w *jsonWriter) Item(item Item) error {
	w.counts.Add(item)
	w.items++
	switch text := w.encoded(item); {
	case w.lines:
		return w.out.write(text + "\n")
	case w.items == 1:
		return w.out.write(w.begin() + "\n" + text)
	default:
		return w.out.write(",\n" + text)
	}
}

// Close ends the document, or writes the last line.
func (w *jsonWriter) Close(t Tail) error {
	switch end := w.end(t) + "\n"; {
	case w.lines:
		return w.out.write(start(w.head) + end)
	case w.items == 0:
		return w.out.write(w.begin() + "]," + end)
	default:
		return w.out.write("\n]," + end)
	}
}

// begin returns the document up to the first item.
func (w *jsonWriter) begin() string { return start(w.head) + `"items":[` }

// encoded returns an item as JSON. A mail has empty lists instead of missing ones.
func (f *frame) encoded(item Item) string {
	if !f.head.NoMails {
		item.To, item.CC = append([]string{}, item.To...), append([]string{}, item.CC...)
	}
	return mustEncode(item)
}

// end returns the counts and the tail as the last fields of an object.
func (f *frame) end(t Tail) string {
	var counts []string
	for _, o := range counted(f.head, cmp.Or(t.Counts, &f.counts)) {
		counts = append(counts, fmt.Sprintf("%q:%d", o, cmp.Or(t.Counts, &f.counts).Of(o)))
	}
	return end(t, "{"+strings.Join(counts, ",")+"}")
}

// start returns the head as the first fields of an object. Times are in UTC, to the
// second.
func start(h Head) string {
	h.Started = h.Started.UTC().Truncate(time.Second)
	return strings.TrimSuffix(mustEncode(jsonStart{Version, h}), "}") + ","
}

func end(t Tail, counts string) string {
	t.Finished = t.Finished.UTC().Truncate(time.Second)
	return mustEncode(jsonEnd{json.RawMessage(counts), t})[1:]
}

// mustEncode encodes what has one of this package's types.
func mustEncode(v any) string {
	text, err := encode(v)
	if err != nil {
		// Only for a type that JSON cannot express.
		panic(fmt.Sprintf("report: encode %T: %v", v, err))
	}
	return text
}

// encode returns v as JSON on one line. The characters <, > and & are not escaped:
// no report is part of a web page.
func encode(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return escape(strings.TrimSuffix(b.String(), "\n"), hidden), nil
}
