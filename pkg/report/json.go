package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// The types below fix the order of the fields.

type jsonHead struct {
	Version int    `json:"version"`
	Command string `json:"command"`
	Run     string `json:"run"`
	DryRun  bool   `json:"dry_run"`
	Started string `json:"started"`
}

type jsonItem struct {
	Opportunity  crm.OpportunityID `json:"opportunity"`
	Name         string            `json:"name"`
	Step         *int              `json:"step,omitempty"`
	Activity     crm.EntryID       `json:"activity,omitempty"`
	ActivityType string            `json:"activity_type,omitempty"`
	Reminder     bool              `json:"reminder,omitempty"`
	To           []string          `json:"to,omitzero"`
	CC           []string          `json:"cc,omitzero"`
	Outcome      Outcome           `json:"outcome"`
	Reason       crm.Reason        `json:"reason,omitempty"`
	Error        string            `json:"error,omitempty"`
}

type jsonTail struct {
	Counts json.RawMessage `json:"counts"`
	jsonEnd
}

type jsonEnd struct {
	Finished string   `json:"finished"`
	Exit     int      `json:"exit"`
	Error    *Failure `json:"error,omitempty"`
}

// jsonWriter writes the document piece by piece, one item a line. The comma between
// two items is written with the second one, so that Close may follow at any time.
type jsonWriter struct {
	out    *output
	head   Head
	counts Counts
	items  int
}

// Item adds an item.
func (w *jsonWriter) Item(item Item) error {
	w.counts.Add(item)
	piece := []byte(",")
	if w.items == 0 {
		piece = w.begin()
	}
	w.items++
	piece = append(piece, '\n')
	return w.out.write(append(piece, encode(itemOf(w.head, item))...))
}

// Close ends the document.
func (w *jsonWriter) Close(t Tail) error {
	piece := []byte("\n")
	if w.items == 0 {
		piece = w.begin()
	}
	piece = append(piece, "],"...)
	piece = append(piece, encode(tailOf(w.head, t.counts(&w.counts), t))[1:]...)
	return w.out.write(append(piece, '\n'))
}

// begin returns the document up to the first item.
func (w *jsonWriter) begin() []byte {
	return append(open(encode(headOf(w.head))), `,"items":[`...)
}

// ndjsonWriter writes each item as it comes, and the rest as the last line.
type ndjsonWriter struct {
	out    *output
	head   Head
	counts Counts
}

// Item adds an item.
func (w *ndjsonWriter) Item(item Item) error {
	w.counts.Add(item)
	return w.out.write(append(encode(itemOf(w.head, item)), '\n'))
}

// Close writes the last line.
func (w *ndjsonWriter) Close(t Tail) error {
	piece := append(open(encode(headOf(w.head))), ',')
	piece = append(piece, encode(tailOf(w.head, t.counts(&w.counts), t))[1:]...)
	return w.out.write(append(piece, '\n'))
}

func headOf(h Head) jsonHead {
	return jsonHead{
		Version: Version,
		Command: h.Command,
		Run:     h.Run,
		DryRun:  h.DryRun,
		Started: timestamp(h.Started),
	}
}

// itemOf returns an item with empty lists instead of missing ones when it is a
// mail.
func itemOf(h Head, i Item) jsonItem {
	item := jsonItem(i)
	if h.NoMails {
		return item
	}
	if item.To == nil {
		item.To = []string{}
	}
	if item.CC == nil {
		item.CC = []string{}
	}
	return item
}

func tailOf(h Head, c *Counts, t Tail) jsonTail {
	var counts bytes.Buffer
	separator := "{"
	for _, o := range counted(h) {
		fmt.Fprintf(&counts, "%s%q:%d", separator, o, c.Of(o))
		separator = ","
	}
	counts.WriteByte('}')
	return jsonTail{Counts: counts.Bytes(), jsonEnd: endOf(t)}
}

func endOf(t Tail) jsonEnd {
	return jsonEnd{
		Finished: timestamp(t.Finished),
		Exit:     t.Exit,
		Error:    t.Error,
	}
}

// timestamp writes a time as RFC 3339, in UTC, to the second.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// encode returns v, which has one of the types above, as JSON on one line.
func encode(v any) []byte {
	text, err := tryEncode(v)
	if err != nil {
		// Only for a type that JSON cannot express.
		panic(fmt.Sprintf("report: encode %T: %v", v, err))
	}
	return text
}

// tryEncode returns v as JSON on one line. The characters <, > and & are not
// escaped: no report is part of a web page.
func tryEncode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return escapeHidden(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// open removes the closing brace of an object, so that more fields can follow.
func open(object []byte) []byte {
	return object[:len(object)-1]
}
