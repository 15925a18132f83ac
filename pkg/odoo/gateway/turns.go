package gateway

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// turnRows returns the rows of loadEntries that take the turns of claims, one for each
// turn. All runs name them in the same order, so that none waits for another one that
// waits for it. A turn is a message on no record: it outlives the opportunity, and
// nobody but our user reads it. Its subject is the client's token, by which it is
// found. It has the subtype that confirmed claims get, whose id is read with it.
func (g *Gateway) turnRows(ctx context.Context, claims []ledger.Claim) ([][]string, error) {
	var rows [][]string
	for _, c := range claims {
		if c.Turn.IsZero() {
			continue
		}
		token, err := g.turnToken(ctx, c.Turn.Client)
		if err != nil {
			return nil, err
		}
		_, run, _ := crm.ParseMessageID(c.MessageID)
		_, domain, _ := strings.Cut(strings.TrimSuffix(c.MessageID, ">"), "@")
		rows = append(rows, []string{c.Turn.ExternalID(), "", "", c.Key.Turn().MessageID(run, domain), typeTurn, discussionsSubtype, token, "", "", "", ""})
	}
	id := func(a, b []string) int { return cmp.Compare(a[0], b[0]) }
	slices.SortStableFunc(rows, id)
	return slices.CompactFunc(rows, func(a, b []string) bool { return id(a, b) == 0 }), nil
}

// turnToken is the token of a client's address as others cannot make it.
func (g *Gateway) turnToken(ctx context.Context, client string) (string, error) {
	secret, err := g.ours.Secret(ctx, "client_"+client)
	return cmp.Or(secret, client), err
}

// turnOf returns the opportunity that has the turn of a claim, if it is another one. An
// opportunity has one step a day, so its own turn is that of an attempt before.
func turnOf(turn crm.Entry, c ledger.Claim) crm.OpportunityID {
	if turn.Key.Opportunity == c.Key.Opportunity {
		return 0
	}
	return turn.Key.Opportunity
}

// Turns returns the turns that clients, by their tokens, took since.
func (g *Gateway) Turns(ctx context.Context, clients []string, since time.Time) ([]crm.TakenTurn, error) {
	byToken := make(map[string]string, len(clients))
	tokens := make([]string, len(clients))
	for i, client := range clients {
		token, err := g.turnToken(ctx, client)
		if err != nil {
			return nil, err
		}
		byToken[token], tokens[i] = client, token
	}
	return recordset.Find(ctx, g.client, recordset.Query{Model: messageModel, Domain: odoo.And(
		odoo.Term("model", "=", false), odoo.Term("message_type", "=", typeTurn), odoo.Term("create_date", ">=", since), g.ours.Made(),
		odoo.Term("subject", "in", tokens),
	), Fields: []string{"message_id", "subject", "create_date"}}, func(r *recordset.Row) crm.TakenTurn {
		t := crm.TakenTurn{Client: byToken[r.Text("subject")], At: r.Created()}
		t.By, _, _ = crm.ParseMessageID(r.Text("message_id"))
		_ = r.Unreadable() // It counts as another one's.
		return t
	})
}
