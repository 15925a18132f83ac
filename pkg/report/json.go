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

// jsonWriter writes the document piece by piece, one item a line. The comma between
// two items is written with the second one, so that Close may follow at any time.
type jsonWriter struct {
	frame

	items int
}

// Item adds an item.
func (w *jsonWriter) Item(item Item) error {
	w.counts.Add(item)
	before := ","
	if w.items == 0 {
		before = w.begin()
	}
	w.items++
	return w.out.write(before + "\n" + w.encoded(item))
}

// Close ends the document.
func (w *jsonWriter) Close(t Tail) error {
	before := "\n"
	if w.items == 0 {
		before = w.begin()
	}
	return w.out.write(before + "]," + w.end(t) + "\n")
}

// begin returns the document up to the first item.
func (w *jsonWriter) begin() string { return start(w.head) + `"items":[` }

// ndjsonWriter writes each item as it comes, and the rest as the last line.
type ndjsonWriter struct{ frame }

// Item adds an item.
func (w *ndjsonWriter) Item(item Item) error {
	w.counts.Add(item)
	return w.out.write(w.encoded(item) + "\n")
}

// Close writes the last line.
func (w *ndjsonWriter) Close(t Tail) error { return w.out.write(start(w.head) + w.end(t) + "\n") }

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
	for _, o := range counted(f.head) {
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
