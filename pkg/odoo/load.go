package odoo

import (
	"context"
	"maps"
	"strings"
)

// Loaded is what became of one row of a load.
type Loaded struct {
	// ID is the record that has the row's external id now, whoever made it.
	ID int64
	// Err is why Odoo refused the row: an [Error] of kind [Invalid]. Then nothing
	// was written for it and ID is 0.
	Err error
}

// Load makes records with Odoo's import (BaseModel.load). The first column is
// "id", the external id: a record that has it already is not changed. So the call
// can be repeated, and it is the only way to insert a record if it does not exist
// that Odoo offers from outside. All cells are text; the database id of a many2one
// goes into a column like partner_id/.id. The context gets what extra holds.
//
// Odoo refuses all rows because of one and may blame another one; [Bisect] finds
// the bad ones. If Load returns an error, some rows may have been written.
func (c *Client) Load(ctx context.Context, model string, columns []string, rows [][]string, extra map[string]any) ([]Loaded, error) {
	r := loadRequest(model, columns, extra)
	out := make([]Loaded, len(rows))
	refused, err := Bisect(len(rows), func(from, to int) (refusal, err error) {
		ids, bad, err := c.load(ctx, r, rows[from:to])
		if err != nil {
			return nil, err
		}
		if bad != nil {
			return bad, nil
		}
		for i, id := range ids {
			out[from+i].ID = id
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	for i, refusal := range refused {
		out[i].Err = refusal
	}
	return out, nil
}

// Bisect changes n items with as few calls as possible. Call changes those from
// one until another; it returns a refusal if it changed none of them because of
// some of them, and an error if nothing more can be done. Bisect halves the items
// until the bad ones are alone. It returns the refusal of each, nil for a good
// one.
func Bisect(n int, call func(from, to int) (refusal, err error)) ([]error, error) {
	refused := make([]error, n)
	var try func(from, to int) error
	try = func(from, to int) error {
		if from == to {
			return nil
		}
		refusal, err := call(from, to)
		if refusal == nil || err != nil {
			return err
		}
		if to-from == 1 {
			refused[from] = refusal
			return nil
		}
		middle := from + (to-from)/2
		if err := try(from, middle); err != nil {
			return err
		}
		return try(middle, to)
	}
	return refused, try(0, n)
}

// loadRequest returns the request without its rows.
func loadRequest(model string, columns []string, extra map[string]any) Request {
	context := map[string]any{}
	maps.Copy(context, extra)
	context["mode"], context["noupdate"] = "update", true
	return Request{
		Model: model, Method: "load", Args: []any{columns},
		Kwargs: map[string]any{"context": context}, Repeatable: true,
	}
}

// load makes one call. refusal is Odoo's reason for rejecting the batch; nothing
// was written.
func (c *Client) load(ctx context.Context, r Request, rows [][]string) (ids []int64, refusal *Error, err error) {
	r.Args = append(r.Args[:1:1], rows)
	err = c.object(ctx, r, func(answer any) error {
		var err error
		ids, refusal, err = c.readLoad(answer, len(rows))
		return err
	})
	if refusal != nil {
		refusal.Step = "call " + r.Model + "." + r.Method
	}
	return ids, refusal, err
}

// readLoad reads {ids, messages} of an answer. If rows were refused, ids is false,
// also if another transaction was faster. Only that may be tried again, and
// PostgreSQL says it in words that Odoo does not translate.
func (c *Client) readLoad(answer any, rows int) ([]int64, *Error, error) {
	members, ok := answer.(map[string]any)
	if !ok {
		return nil, nil, unexpected("the result of an import", answer)
	}
	if members["ids"] == false {
		message := loadMessages(members["messages"])
		if strings.Contains(message, conflict) {
			return nil, nil, &Error{Kind: Temporary, Message: "another transaction was faster: " + c.line(message), transient: true}
		}
		return nil, &Error{
			Kind: Invalid, Message: "Odoo refuses the record: " + c.line(message),
			Cure: "correct the value, or give the user in odoo.user the right, that the message names",
		}, nil
	}
	list, _ := members["ids"].([]any)
	if len(list) != rows {
		return nil, nil, unexpected("one id for each row", members["ids"])
	}
	ids := make([]int64, rows)
	for i, v := range list {
		id, _ := v.(int64)
		if id <= 0 {
			return nil, nil, unexpected("the id of a record", v)
		}
		ids[i] = id
	}
	return ids, nil, nil
}

// loadMessages joins the texts of an import's messages, each once.
func loadMessages(messages any) string {
	list, _ := messages.([]any)
	var texts []string
	seen := map[string]bool{}
	for _, v := range list {
		m, _ := v.(map[string]any)
		if text, _ := m["message"].(string); text != "" && !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return "it does not say why"
	}
	return strings.Join(texts, " ")
}
